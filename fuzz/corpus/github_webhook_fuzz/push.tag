push
{
  "ref": "refs/tags/v1", "before": "0000000000000000000000000000000000000000", "after": "1111111111111111111111111111111111111111", "deleted": false, "commits": [],
  "repository": {"id": 4711, "full_name": "mountain-lab/packages", "default_branch": "main", "private": false, "pushed_at": 1735689600},
  "installation": {"id": 99}, "sender": {"login": "berta-h"}
}
