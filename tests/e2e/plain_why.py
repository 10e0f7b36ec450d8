"""Why attributes are rebuilt as the .drv files themselves say: the second opinion that ways, origins and differences of a JSON
report (docs/report.md) are held against.

Nothing here knows EkaCI but the form of its report. Derivations are read with Nix from the store of a plain_nix.Nix, where they
have been instantiated.
"""

import json

_BATCH = 500
_LONGEST = 2048  # bytes of a text in a report; longer ones are cut, and the cuts are marked
_CUT = "…"


def name_of(store_path):
    return store_path.split("/")[-1][33:]


class Derivations:
    """Derivations as `nix show-derivation` shows them, each read once."""

    def __init__(self, nix):
        self._nix = nix
        self._known = {}

    def read(self, paths):
        missing = sorted(set(paths) - self._known.keys())
        for start in range(0, len(missing), _BATCH):
            done = self._nix.run("nix", "show-derivation", *missing[start : start + _BATCH])
            if done.returncode != 0:
                raise AssertionError(done.stderr)
            shown = json.loads(done.stdout)
            self._known.update(shown.get("derivations", shown))

    def __getitem__(self, path):
        if path not in self._known:
            self.read([path])
        return self._known[path]

    def inputs(self, path):
        return set(self[path]["inputDrvs"])


class New:
    """The derivations of head's closure that base's has not, and the shortest way from each down to an origin."""

    def __init__(self, nix, derivations, base, head):
        self.paths = nix.closure(head) - nix.closure(base)
        derivations.read(self.paths)
        self.inputs = {path: derivations.inputs(path) & self.paths for path in self.paths}
        self.users = {path: set() for path in self.paths}
        for path, inputs in self.inputs.items():
            for each in inputs:
                self.users[each].add(path)
        self.origins = {path for path, inputs in self.inputs.items() if not inputs}
        self.distance = self._distances()

    def _distances(self):
        distance = dict.fromkeys(self.origins, 0)
        level = list(self.origins)
        while level:
            above = {user for path in level for user in self.users[path] if user not in distance}
            distance.update(dict.fromkeys(above, distance[level[0]] + 1))
            level = list(above)
        return distance

    def above(self, path):
        """What is built from a derivation, itself included."""
        found, todo = {path}, [path]
        while todo:
            fresh = self.users[todo.pop()] - found
            found |= fresh
            todo.extend(fresh)
        return found


def way(job, index):
    """The indices of the steps from one of a job's rebuilds down to its origin."""
    steps = [index]
    while (towards := job["rebuilds"][steps[-1]]["towards"]) is not None and len(steps) <= len(job["rebuilds"]):
        steps.append(towards)
    return steps


def way_faults(job, change, new):
    """What is wrong with the way of one changed attribute, as sentences."""
    derivation = (change["head"] or {}).get("drvPath")
    if change["rebuild"] is None:
        if derivation in new.paths:
            yield "its derivation is new, and no way is told"
        return
    steps = [job["rebuilds"][index] for index in way(job, change["rebuild"])]
    if steps[0]["head"] != derivation:
        yield f"its way begins at {steps[0]['head']}"
    for step, further in zip(steps, steps[1:]):
        if further["head"] not in new.inputs.get(step["head"], ()):
            yield f"{further['head']} is no input of {step['head']}, or is not new"
    last = steps[-1]
    if last["head"] not in new.origins:
        yield f"{last['head']} is no origin: {sorted(new.inputs.get(last['head'], []))[:3]} are inputs and new"
    if len(steps) - 1 != new.distance.get(derivation):
        yield f"its way has {len(steps) - 1} steps, and the shortest {new.distance.get(derivation)}"
    for number, step in enumerate(reversed(steps)):
        origin = job["origins"][step["origin"]]
        if step["distance"] != number or job["rebuilds"][origin["derivation"]] is not last:
            yield f"{step['head']} is said to be {step['distance']} steps above {job['rebuilds'][origin['derivation']]['head']}"


def origin_faults(job, changes, new):
    """What is wrong with how much the origins explain, as sentences."""
    rebuilt = [change for change in changes if change["rebuild"] is not None]
    ends = [way(job, change["rebuild"])[-1] for change in rebuilt]
    for origin in job["origins"]:
        head = job["rebuilds"][origin["derivation"]]["head"]
        above = new.above(head) if head in new.paths else set()
        counts = {
            "derivations": len(above),
            "attributes": sum(change["head"]["drvPath"] in above for change in rebuilt),
            "explained": ends.count(origin["derivation"]),
        }
        for key, count in counts.items():
            if origin[key] != count:
                yield f"{head}: {key} is {origin[key]}, and {count} by the .drv files"
    if {job["rebuilds"][end]["head"] for end in ends} - {job["rebuilds"][o["derivation"]]["head"] for o in job["origins"]}:
        yield "a way ends at what is not among the origins"


def _output_paths(derivation):
    return {name: output.get("path") for name, output in derivation["outputs"].items()}


def _pairs_by_name(base, head):
    """[(base or None, head or None)] of what only one side has; same names are paired in their order."""
    pairs = []
    for name in sorted({name_of(path) for path in base ^ head}):
        sides = [sorted(path for path in own - other if name_of(path) == name) for own, other in ((base, head), (head, base))]
        for index in range(max(map(len, sides))):
            pairs.append(tuple(side[index] if index < len(side) else None for side in sides))
    return pairs


def _environment(derivation):
    """The variables, without those that only say where the outputs go; of structured attributes each for itself."""
    variables = dict(derivation["env"])
    for name, path in _output_paths(derivation).items():
        if variables.get(name) == path:
            del variables[name]
    structured = derivation.get("structuredAttrs")
    if "__json" in variables:
        structured = json.loads(variables.pop("__json"))
    for name, value in (structured or {}).items():
        variables[f"__json.{name}"] = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    return variables


def _text(value):
    return value if value is None else str(value)


def plain_difference(base, head, base_path, head_path):
    """{part: {name: (base, head)}} of two derivations whose own output paths count as equal, and so do the paths of sources of
    the same name, which are told in `sources`."""
    sources = _pairs_by_name(set(base["inputSrcs"]), set(head["inputSrcs"]))
    equal = [(ours, theirs) for ours, theirs in sources if ours and theirs]
    outputs = _output_paths(base)
    equal += [(outputs[name], path) for name, path in _output_paths(head).items() if path and outputs.get(name)]

    def as_base(text):
        for ours, theirs in equal:
            text = text.replace(theirs, ours) if text else text
        return text

    def differing(left, right):
        return {name: (left.get(name), right.get(name)) for name in left.keys() | right.keys() if left.get(name) != as_base(right.get(name))}

    names = [name_of(path).removesuffix(".drv") for path in (base_path, head_path)]
    environments = [_environment(base), _environment(head)]
    if [variables.get("name") for variables in environments] == names:
        for variables in environments:
            del variables["name"]
    if [variables.get("__json.name") for variables in environments] == names:
        for variables in environments:
            del variables["__json.name"]
    arguments = [{str(number): text for number, text in enumerate(side["args"], 1)} for side in (base, head)]
    fields = [{"name": name, **{key: side[key] for key in ("system", "builder")}} for name, side in zip(names, (base, head))]
    hashes = [{name: _made(output) for name, output in side["outputs"].items()} for side in (base, head)]
    return {
        "fields": differing(*fields),
        "arguments": differing(*arguments),
        "environment": differing(*environments),
        "outputs": differing(*hashes),
        "sources": sources,
        "inputs": sorted(set(base["inputDrvs"]) ^ set(head["inputDrvs"])),
    }


def _made(output):
    """How an output is made: its hash, or nothing where its path says all."""
    return " ".join([output.get("method", "") or "", output.get("hashAlgo", ""), output.get("hash", "")]).strip() or "by its inputs"


def _is_excerpt(shown, whole):
    """Whether a report's text is the whole, or, where that is long, pieces of it."""
    if (shown is None) != (whole is None):
        return False
    if shown is None or shown == whole or "\ufffd" in shown:
        return True
    return len(whole.encode()) > _LONGEST and all(piece in whole for piece in shown.split(_CUT))


def difference_faults(told, base, head, base_path, head_path):
    """What is wrong with a difference of the report, as sentences."""
    plain = plain_difference(base, head, base_path, head_path)
    for part in ("fields", "arguments", "environment", "outputs"):
        names = [each["name"] for each in told[part]]
        for name in sorted(set(names) - plain[part].keys()):
            yield f"{head_path}: {part} names {name}, which does not differ"
        for name in sorted(plain[part].keys() - set(names)):
            if not told["cut"]:
                yield f"{head_path}: {part} leaves out {name}: {str(plain[part][name])[:200]}"
        for each in told[part]:
            sides = plain[part].get(each["name"])
            if sides and part != "outputs" and not each["name"].startswith("__json"):
                for side, text in zip(("base", "head"), sides):
                    if not _is_excerpt(each[side], text):
                        yield f"{head_path}: {each['name']} is not {each[side]!r:.100} at {side}"
    sources = sorted((each["base"] or "", each["head"] or "") for each in told["sources"])
    if sources != sorted((ours or "", theirs or "") for ours, theirs in plain["sources"]) and not told["cut"]:
        yield f"{head_path}: sources are {sources}, and {plain['sources']} by the .drv files"
    paths = {path for each in told["inputs"] for path in (each["base"], each["head"]) if each["base"] != each["head"]} - {None}
    if paths != set(plain["inputs"]) and not told["cut"]:
        yield f"{head_path}: inputs are {sorted(paths)}, and {plain['inputs']} by the .drv files"
    same = _output_paths(base) == _output_paths(head)
    if told["sameOutputs"] != same:
        yield f"{head_path}: its outputs are {'' if same else 'not '}the same"


def all_faults(job, changes, derivations, new):
    """Everything of one job and system that the .drv files do not bear out, and how many differences were held."""
    faults = [f"{change['attribute']}: {fault}" for change in changes for fault in way_faults(job, change, new)]
    faults += origin_faults(job, changes, new)
    compared = 0
    for origin in job["origins"]:
        step = job["rebuilds"][origin["derivation"]]
        if step["base"] is None or origin["difference"] is None:
            continue
        compared += 1
        faults += difference_faults(origin["difference"], derivations[step["base"]], derivations[step["head"]], step["base"], step["head"])
    for own in job["ownDifferences"]:
        step = job["rebuilds"][own["derivation"]]
        base, head = (_environment(derivations[step[side]]) for side in ("base", "head"))
        same = [each["name"] for each in own["difference"]["environment"] if base.get(each["name"]) == head.get(each["name"])]
        faults += [f"{step['head']}: {name} does not differ by itself" for name in same]
        if step["towards"] is None:
            faults.append(f"{step['head']} is an origin, whose difference stands there")
    return faults, compared
