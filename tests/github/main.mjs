// Starts the fake GitHub and the contract proxy in front of it, prints where they are as one line of JSON, and ends on SIGTERM.
//
// usage: node main.mjs [--port N] [--proxy-port N] [--hooks URL] [--until-stdin-closes]
//
//   --port, --proxy-port    0, which is the default, takes a free one
//   --hooks                 where Apps get their webhooks that are made without an address of their own
//   --until-stdin-closes    ends with whoever started it, however that ends

import {parseArgs} from 'node:util';

import {startGitHub} from './fake/github.mjs';
import {startProxy} from './proxy.mjs';

const {values} = parseArgs({
  options: {
    port: {type: 'string', default: '0'},
    'proxy-port': {type: 'string', default: '0'},
    hooks: {type: 'string', default: ''},
    'until-stdin-closes': {type: 'boolean', default: false},
  },
});

const fake = await startGitHub({port: Number(values.port), hooks: values.hooks});
const proxy = await startProxy({port: Number(values['proxy-port']), target: fake.url});
// Addresses in answers lead through the proxy.
fake.github.world.apiUrl = proxy.url;

// Closed input ends twice, and a signal may come besides.
let ending;
function end() {
  ending ??= proxy.close().then(fake.close).finally(() => process.exit(0));
}
process.on('SIGTERM', end);
process.on('SIGINT', end);
if (values['until-stdin-closes']) process.stdin.resume().on('end', end).on('close', end);

console.log(JSON.stringify({api: proxy.url, web: fake.url, control: `${fake.url}/_control`, violations: `${proxy.url}/_contract`}));
