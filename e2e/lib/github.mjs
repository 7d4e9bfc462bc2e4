// A small server that speaks GitHub's OAuth 2 and API as GitHub's documentation describes them. It is not GitHub: what
// GitHub itself does differently from what it writes would not be found with it.

import { createHash, randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';

import { listen } from './oidc.mjs';

const APP = { client_id: 'Iv1.0123456789abcdef', client_secret: 'a-secret-of-the-GitHub-app' };

export class GithubServer {
  /** Who has signed in there: the answers of `/user` and `/user/emails`. */
  user = { id: 1, login: 'octocat', name: 'The Octocat' };
  emails = [{ email: 'octocat@example.org', primary: true, verified: true, visibility: 'public' }];
  /** Whether the person agrees. */
  agrees = true;
  #codes = new Map();
  #tokens = new Set();

  static async start() {
    const github = new GithubServer();
    const { url, stop } = await listen((request, response) => void github.#answer(request, response));
    return Object.assign(github, { url, stop });
  }

  settings() {
    return {
      kind: 'github',
      ...APP,
      authorize_url: `${this.url}/login/oauth/authorize`,
      token_url: `${this.url}/login/oauth/access_token`,
      api_url: `${this.url}/api/v3`,
    };
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.url);
    const json = (body, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
    };
    if (url.pathname === '/login/oauth/authorize') return this.#authorize(url, response);
    if (url.pathname === '/login/oauth/access_token') {
      // Without this header GitHub answers with a form.
      if (request.headers.accept !== 'application/json' || request.method !== 'POST') return json({}, 406);
      return json(this.#redeem(new URLSearchParams(await text(request))));
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!this.#tokens.has(token)) return json({ message: 'Bad credentials' }, 401);
    if (!request.headers['user-agent']) return json({ message: 'Request forbidden by administrative rules' }, 403);
    if (url.pathname === '/api/v3/user') return json({ ...this.user, email: null, type: 'User' });
    if (url.pathname === '/api/v3/user/emails') return json(this.emails);
    json({ message: 'Not Found' }, 404);
  }

  #authorize(url, response) {
    const { client_id, redirect_uri, state, code_challenge, code_challenge_method, scope } = Object.fromEntries(
      url.searchParams,
    );
    const fits = client_id === APP.client_id && code_challenge_method === 'S256' && scope.includes('user:email');
    if (!fits) return response.writeHead(404).end();
    const back = new URL(redirect_uri);
    back.searchParams.set('state', state);
    if (this.agrees) {
      const code = randomUUID().replaceAll('-', '').slice(0, 20);
      this.#codes.set(code, { redirect_uri, code_challenge });
      back.searchParams.set('code', code);
    } else {
      back.searchParams.set('error', 'access_denied');
      back.searchParams.set('error_description', 'The user has denied your application access.');
    }
    response.writeHead(302, { location: back.href }).end();
  }

  #redeem(form) {
    const code = this.#codes.get(form.get('code'));
    this.#codes.delete(form.get('code'));
    const { client_id, client_secret } = APP;
    if (form.get('client_id') !== client_id || form.get('client_secret') !== client_secret) {
      return { error: 'incorrect_client_credentials' };
    }
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (code?.redirect_uri !== form.get('redirect_uri') || code.code_challenge !== challenge) {
      return { error: 'bad_verification_code', error_description: 'The code passed is incorrect or expired.' };
    }
    const token = `gho_${randomUUID().replaceAll('-', '')}`;
    this.#tokens.add(token);
    return { access_token: token, scope: 'read:user,user:email', token_type: 'bearer' };
  }
}
