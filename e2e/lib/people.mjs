// Accounts for tests.

import { Client } from './client.mjs';

export const PASSWORD = 'a long enough passphrase';
let made = 0;

/** A new user of the server: the account, and a client that is signed in. */
export async function newUser(server, name = 'user', displayName = name) {
  made += 1;
  const username = `${name.toLowerCase().slice(0, 16)}-${process.pid.toString(36)}${made}`;
  const fields = { username, email: `${username}@example.org`, password: PASSWORD, display_name: displayName };
  const { body } = (await new Client(server).post('/auth/register', fields)).expect(201);
  const client = new Client(server, body.access_token);
  return { ...body.user, token: body.access_token, refreshToken: body.refresh_token, client };
}

/** A new user who administers the platform. */
export async function newPlatformAdmin(server, name = 'root') {
  const user = await newUser(server, name);
  server.command('user', 'promote', user.username);
  return user;
}

/** Gives `user` a role in a session of `owner`; whoever was not in it then is. */
export async function join(owner, session, user, role) {
  return (await owner.client.put(`/sessions/${session.id}/participants/${user.id}`, { role })).expect(200).body;
}

/** A session of `owner` and one participant for each of the roles that can be given. */
export async function cast(server, fields = {}) {
  const [owner, admin, editor, viewer, stranger] = await Promise.all(
    ['owner', 'admin', 'editor', 'viewer', 'stranger'].map((name) => newUser(server, name)),
  );
  const session = await owner.client.session(fields);
  for (const [user, role] of [
    [admin, 'admin'],
    [editor, 'editor'],
    [viewer, 'viewer'],
  ]) {
    await join(owner, session, user, role);
  }
  return { owner, admin, editor, viewer, stranger, session };
}

/** A guest who came into a session of `owner` by a new link, under a name. */
export async function newGuest(server, owner, session, name = 'Gina', role = 'editor') {
  const invite = (await owner.client.post(`/sessions/${session.id}/invites`, { role })).expect(201).body;
  const fields = { invite: invite.token, display_name: name };
  const { body } = (await new Client(server).post('/auth/guest', fields)).expect(201);
  const client = new Client(server, body.access_token);
  return { ...body.user, token: body.access_token, refreshToken: body.refresh_token, client, invite };
}
