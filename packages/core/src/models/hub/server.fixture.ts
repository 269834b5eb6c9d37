import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubServer {
  readonly endpoint: string;
  /** Requests so far: `GET /path`, with `Range` and `Authorization` if they were sent. */
  readonly log: { readonly path: string; readonly range?: string; readonly authorization?: string }[];
  /** Answers instead of the server, if it returns true. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean;
  commit: string;
  files: Map<string, Buffer>;
  [Symbol.asyncDispose](): Promise<void>;
}

const hash = (algorithm: string, ...data: (string | Buffer)[]): string => {
  const made = createHash(algorithm);
  for (const each of data) made.update(each);
  return made.digest('hex');
};

/** A server that answers as the Hub does: the API's list of a revision, and `resolve` with ranges. */
export async function startHub(
  repo: string,
  files: Readonly<Record<string, Buffer | string>>,
): Promise<HubServer> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '', 'http://x').pathname);
    const { range, authorization } = request.headers;
    hub.log.push({ path, ...(range && { range }), ...(authorization && { authorization }) });
    if (hub.intercept(request, response)) return;
    if (path.startsWith(`/api/models/${repo}/revision/`)) {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ sha: hub.commit, siblings: [...hub.files].map(sibling) }));
      return;
    }
    const content = hub.files.get(path.replace(`/${repo}/resolve/${hub.commit}/`, ''));
    if (!content) {
      response.statusCode = 404;
      response.end();
      return;
    }
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (range) response.statusCode = 206;
    response.setHeader('Content-Length', content.length - start);
    response.end(content.subarray(start));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const hub: HubServer = {
    endpoint: `http://127.0.0.1:${port}`,
    log: [],
    intercept: () => false,
    commit: 'a'.repeat(40),
    files: new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)])),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return hub;
}

/** Weights as large files (SHA-256), the rest as git blobs (SHA-1). */
function sibling([rfilename, content]: [string, Buffer]): object {
  const size = content.length;
  const blobId = hash('sha1', `blob ${size}\0`, content);
  if (!rfilename.endsWith('.safetensors')) return { rfilename, size, blobId };
  return { rfilename, size, blobId, lfs: { sha256: hash('sha256', content), size, pointerSize: 134 } };
}
