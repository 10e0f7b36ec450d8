// What both servers here need of node:http.

const LARGEST_BODY = 32 * 1024 * 1024;

/** The whole body of a request or an answer; fails where it is larger than any test needs. */
export async function bodyOf(stream) {
  const parts = [];
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    if (size > LARGEST_BODY) throw new Error(`a body of more than ${LARGEST_BODY} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Answers with JSON, and more headers where given. */
export function answerJson(response, status, value, headers = {}) {
  response.writeHead(status, {'content-type': 'application/json; charset=utf-8', ...headers}).end(JSON.stringify(value));
}

/** Listens on 127.0.0.1 alone. */
export async function listen(server, port) {
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return {url: `http://127.0.0.1:${server.address().port}`, close};
}
