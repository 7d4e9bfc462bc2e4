import createClient from 'openapi-fetch';

import { auth } from '@/auth/auth';

import { toProblem } from './problem';
import type { paths } from './schema';

/** The server's API, typed by its OpenAPI document; every request carries the current token. */
export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request) => auth.fetch(request),
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of a successful answer; otherwise throws its [`Problem`]. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw toProblem(response.status, error);
  return data as T;
}
