// The control interface, `/_control/…`: takes a command, sees that nothing about it is misspelt, and has it carried out.

import {answerJson, bodyOf} from '../http_tools.mjs';
import {COMMANDS} from './commands.mjs';
import {Refusal} from './world.mjs';

const listed = (words) => words.split(' ').filter(Boolean);

function checkWords(name, {needs, takes = ''}, said) {
  const missing = listed(needs).filter((word) => said[word] === undefined);
  const unknown = Object.keys(said).filter((word) => !listed(`${needs} ${takes}`).includes(word));
  if (missing.length + unknown.length > 0) throw new Refusal(422, `${name} needs ${needs || 'nothing'} and takes ${takes || 'nothing more'}; missing: [${missing}], unknown: [${unknown}]`);
}

async function carryOut(github, request) {
  const {pathname, searchParams} = new URL(request.url, 'http://control');
  const name = `${request.method} ${pathname.replace('/_control/', '')}`;
  const command = COMMANDS[name];
  if (!command) throw new Refusal(404, `there is no command ${name}; there are ${Object.keys(COMMANDS).join(', ')}`);
  const body = await bodyOf(request);
  const said = body.length > 0 ? JSON.parse(body) : Object.fromEntries(searchParams);
  checkWords(name, command, said);
  return (await command.run(github, said)) ?? {};
}

/** Carries out a command. What cannot be done is answered as the API would. */
export async function handleControl(github, request, response) {
  try {
    answerJson(response, 200, await carryOut(github, request));
  } catch (error) {
    if (error instanceof Refusal) answerJson(response, error.status, {message: error.message, errors: error.errors});
    else answerJson(response, 500, {message: error.message, stack: error.stack});
  }
}
