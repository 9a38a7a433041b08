import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const ANSWERS: Readonly<Record<string, readonly [status: string, code: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'HEADERS_TOO_LARGE',
    'The headers are too large',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'REQUEST_TIMEOUT', 'The request took too long to arrive'],
};
const OTHERWISE = ['400 Bad Request', 'BAD_REQUEST', 'This is not an HTTP request'] as const;

/** Internal to Node, which checks it for the same reason. */
type Answering = Socket & { _httpMessage?: ServerResponse | null };

export function answerBadClient(error: NodeJS.ErrnoException, socket: Socket): void {
  const { _httpMessage: answer } = socket as Answering;
  if (error.code === 'ECONNRESET' || !socket.writable || answer?.headersSent) {
    socket.destroy();
    return;
  }
  const [status, code, message] = ANSWERS[error.code ?? ''] ?? OTHERWISE;
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
