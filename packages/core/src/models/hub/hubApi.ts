import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Environment, hubHome, setting } from './cacheFolders.ts';
import type { Digest } from './download.ts';
import { get, HttpFailure, type RequestOptions } from './http.ts';
import { isCommit } from './hubCache.ts';

/** A file of a repository. */
export interface HubFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly digest: Digest;
}

export interface HubRevision {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

export interface Hub {
  /** Files of a revision, with their hashes. */
  revision(repo: string, revision: string): Promise<HubRevision>;
  /** Where a file is to be had. */
  url(repo: string, commit: string, path: string): string;
  readonly request: RequestOptions & { readonly headers: Readonly<Record<string, string>> };
}

const path = z.string().refine((text) => !text.startsWith('/') && !text.split('/').includes('..'));
const answerSchema = z.object({
  sha: z.string().refine(isCommit),
  siblings: z.array(
    z.object({
      rfilename: path,
      size: z.number().int().nonnegative().nullish(),
      blobId: z.string().nullish(),
      lfs: z.object({ sha256: z.string() }).nullish(),
    }),
  ),
});

/** The Hub at `HF_ENDPOINT`, with the user's token if there is one: it goes into the header and nowhere else. */
export async function openHub(
  env: Environment,
  options: Pick<RequestOptions, 'timeout' | 'signal'>,
): Promise<Hub> {
  const endpoint = (setting(env, 'HF_ENDPOINT') ?? 'https://huggingface.co').replace(/\/+$/, '');
  if (!URL.canParse(endpoint)) throw new Error('HF_ENDPOINT is no URL');
  const headers = { 'User-Agent': 'ragwright', ...(await authorization(env)) };
  const request = { ...options, headers };
  return {
    request,
    url: (repo, commit, file) => `${endpoint}/${repo}/resolve/${commit}/${encodePath(file)}`,
    revision: async (repo, revision) => {
      const url = `${endpoint}/api/models/${repo}/revision/${encodeURIComponent(revision)}?blobs=true`;
      const response = await get(url, [200], request);
      const answer = answerSchema.safeParse(await response.json().catch(() => undefined));
      if (answer.success) return revisionOf(answer.data);
      const { host } = new URL(url);
      throw new HttpFailure(`${host} does not answer as a Hub does (check HF_ENDPOINT)`, response.status);
    },
  };
}

const encodePath = (file: string): string => file.split('/').map(encodeURIComponent).join('/');

function revisionOf({ sha, siblings }: z.output<typeof answerSchema>): HubRevision {
  const files = siblings.flatMap(({ rfilename, size, blobId, lfs }): HubFile[] => {
    const digest = lfs ? { sha256: lfs.sha256 } : { gitSha1: blobId ?? '' };
    return size === null || size === undefined ? [] : [{ path: rfilename, size, digest }];
  });
  return { commit: sha, files };
}

async function authorization(env: Environment): Promise<Record<string, string>> {
  const file = setting(env, 'HF_TOKEN_PATH') ?? join(hubHome(env), 'token');
  const given = setting(env, 'HF_TOKEN') ?? setting(env, 'HUGGING_FACE_HUB_TOKEN');
  const token = (given ?? (await readFile(file, 'utf8').catch(() => ''))).trim();
  return token === '' ? {} : { Authorization: `Bearer ${token}` };
}
