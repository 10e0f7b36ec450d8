// What GitHub's description leaves open and its servers, or we ourselves, do not: laid over the description before it is compiled.

const SHA = {type: 'string', pattern: '^[0-9a-f]{40}$'};
const WEB_ADDRESS = {type: 'string', format: 'uri', pattern: '^https?://'};
const NOT_EMPTY = {type: 'string', minLength: 1};

const COMPLETED_HAS_A_CONCLUSION = {
  if: {properties: {status: {const: 'completed'}}, required: ['status']},
  then: {required: ['conclusion']},
};
// GitHub would complete such a run whatever status is asked for: whoever sends it does not mean one of the two.
const CONCLUSION_IS_OF_THE_COMPLETED = {
  if: {required: ['conclusion', 'status']},
  then: {properties: {status: {const: 'completed'}}},
};
const CHECK_RUN = {
  properties: {
    name: NOT_EMPTY,
    head_sha: SHA,
    details_url: WEB_ADDRESS,
    // Only GitHub makes a run stale, and only GitHub Actions uses the other states.
    conclusion: {not: {const: 'stale'}},
    status: {enum: ['queued', 'in_progress', 'completed']},
    output: {
      properties: {
        annotations: {
          items: {
            properties: {start_line: {minimum: 1}, end_line: {minimum: 1}, path: {minLength: 1, pattern: '^[^/]'}, message: NOT_EMPTY, title: {maxLength: 255}},
          },
        },
      },
    },
    actions: {items: {properties: {label: NOT_EMPTY, description: NOT_EMPTY, identifier: NOT_EMPTY}}},
  },
  allOf: [COMPLETED_HAS_A_CONCLUSION, CONCLUSION_IS_OF_THE_COMPLETED],
};
const COMMENT = {properties: {body: {minLength: 1, maxLength: 65536}}};
const LABEL_NAME = {minLength: 1, maxLength: 50};

/** Schemas that a request body fulfils besides the one of the description, by operation. */
export const BODIES = {
  'POST /repos/{owner}/{repo}/check-runs': CHECK_RUN,
  'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}': CHECK_RUN,
  'POST /repos/{owner}/{repo}/check-suites': {properties: {head_sha: SHA}},
  'POST /repos/{owner}/{repo}/statuses/{sha}': {properties: {description: {maxLength: 140}, target_url: WEB_ADDRESS}},
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': COMMENT,
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': COMMENT,
  'POST /repos/{owner}/{repo}/labels': {properties: {name: LABEL_NAME, description: {maxLength: 100}, color: {pattern: '^[0-9a-fA-F]{6}$'}}},
  'POST /repos/{owner}/{repo}/issues/{issue_number}/labels': {type: 'object', required: ['labels'], properties: {labels: {items: {if: {type: 'string'}, then: LABEL_NAME}}}},
  'POST /repos/{owner}/{repo}/git/refs': {properties: {sha: SHA, ref: {pattern: '^refs/[^/]+/.'}}},
  'PATCH /repos/{owner}/{repo}/git/refs/{ref}': {properties: {sha: SHA}},
  // Optional at GitHub. A merge that is bound to no commit merges what nobody has reviewed.
  'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge': {type: 'object', required: ['sha'], properties: {sha: SHA}},
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews': {required: ['commit_id', 'event'], properties: {commit_id: SHA}},
};

/** Schemas of query parameters besides the description's, by name: they mean the same in all operations. */
export const QUERY = {per_page: {minimum: 1, maximum: 100}, page: {minimum: 1}};

/** Operations that are called without any Authorization. */
export const ANONYMOUS = new Set(['POST /app-manifests/{code}/conversions']);

/** Whether the App itself, by its JWT, calls this operation; all others are called with a token. */
export const calledAsApp = (operation) => operation.includes(' /app/') || operation === 'GET /app' || operation === 'GET /repos/{owner}/{repo}/installation';

/** The schema, with every object that names its properties closed to others. */
export function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, key === 'enum' ? value : closed(value)]));
  if (schema.type === 'object' && schema.properties && schema.additionalProperties === undefined) copy.additionalProperties = false;
  return copy;
}

/** Mistakes of the description, put right in place: its answers would fail where GitHub's real ones are sound. */
export function correct(description) {
  const {schemas} = description.components;
  // An account is a user or an enterprise, never both at once.
  const {account} = description.paths['/app/installations'].get.responses['200'].content['application/json'].schema.items.properties;
  account.anyOf = account.allOf;
  delete account.allOf;
  // Labels need no description, and runs on which GitHub has given up are stale.
  schemas['pull-request-simple'].properties.labels.items.properties.description.nullable = true;
  schemas['check-run'].properties.conclusion.enum.push('stale');
}
