// Passkeys by the API, as pages use it.

import assert from 'node:assert/strict';

import { Authenticator } from './authenticator.mjs';
import { Client } from './client.mjs';
import { newUser, PASSWORD } from './people.mjs';

/** What servers of these tests say they are. */
export const ORIGIN = 'https://code.example.org';
export const FACTORS = '/me/second-factors';
export const PASSKEYS = `${FACTORS}/passkeys`;

/** Adding passkeys to accounts, and signing in by them, at one server. */
export class PasskeyClient {
  constructor(server) {
    this.server = server;
    this.anybody = new Client(server);
  }

  begin(user, name = 'Key', password = PASSWORD) {
    return user.client.post(PASSKEYS, { password, name });
  }

  finish(user, ceremony, credential) {
    return user.client.post(`${PASSKEYS}/finish`, { ceremony, credential });
  }

  /** Has a user add a passkey: the device that has it, and what the server answers. */
  async add(user, { name = 'Key', ...device } = {}) {
    const authenticator = new Authenticator(ORIGIN, device);
    const { ceremony, public_key: options } = (await this.begin(user, name)).expect(200).body;
    const added = (await this.finish(user, ceremony, authenticator.create(options))).expect(201);
    return { authenticator, ...added.body };
  }

  /** A new user with a passkey. */
  async secured(name, device) {
    const user = await newUser(this.server, name);
    return { user, ...(await this.add(user, device)) };
  }

  async factors(user) {
    return (await user.client.get(FACTORS)).expect(200).body;
  }

  signIn(user) {
    return this.anybody.post('/auth/login', { login: user.username, password: PASSWORD });
  }

  /** What whoever comes is asked, for signing in by a passkey alone. */
  async askAnybody() {
    return (await this.anybody.post('/auth/passkey')).expect(200).body;
  }

  answerAlone({ ceremony }, credential) {
    return this.anybody.post('/auth/passkey/finish', { ceremony, credential });
  }

  /** Signs in by a passkey alone. */
  async alone(authenticator, wrong) {
    const asked = await this.askAnybody();
    return this.answerAlone(asked, authenticator.get(asked.public_key, wrong));
  }

  /** The challenge that a right password is answered with. */
  async challengeOf(user) {
    const { body } = (await this.signIn(user)).expect(200);
    assert.equal(body.mfa_required, true);
    return body.challenge;
  }

  askSecond(challenge) {
    return this.anybody.post('/auth/mfa/passkey', { challenge });
  }

  answerSecond(challenge, { ceremony }, credential) {
    return this.anybody.post('/auth/mfa/passkey/finish', { challenge, answer: { ceremony, credential } });
  }

  /** Signs in by password and passkey. */
  async second(user, authenticator, wrong) {
    const challenge = await this.challengeOf(user);
    const asked = (await this.askSecond(challenge)).expect(200).body;
    return this.answerSecond(challenge, asked, authenticator.get(asked.public_key, wrong));
  }
}
