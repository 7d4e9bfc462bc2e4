// Accounts as their owners use them: passwords, addresses, logins, profile, preferences, export and the end.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { strFromU8, unzipSync } from 'fflate';

import { Client } from '../lib/client.mjs';
import { mailsTo, mailTo, modes, tokenOf } from '../lib/mails.mjs';
import { join, newGuest, newUser, PASSWORD } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { BareClient } from '../lib/sync.mjs';

const NEW_PASSWORD = 'another long passphrase';
let server;
let anybody;

before(async () => {
  server = await Server.start();
  anybody = new Client(server);
});
after(() => server.stop());

const signIn = (login, password = PASSWORD) => anybody.post('/auth/login', { login, password });
const refresh = (token) => anybody.post('/auth/refresh', { refresh_token: token });
const register = (fields) => anybody.post('/auth/register', { password: PASSWORD, ...fields });

/** Another login of a user: a client of its own, and its tokens. */
async function another(user, headers = {}) {
  const body = { login: user.username, password: PASSWORD };
  const answer = (await anybody.post('/auth/login', body, { headers })).expect(200);
  return { client: new Client(server, answer.body.access_token), refreshToken: answer.body.refresh_token };
}

async function assertOver({ client, refreshToken }) {
  assertProblem(await client.get('/me'), 401);
  assertProblem(await refresh(refreshToken), 401);
}

describe('user names', () => {
  test('of other scripts are taken in one spelling', async () => {
    const made = await register({ username: 'ЙОЖИК', email: 'yozhik@example.org' });
    assert.equal(made.expect(201).body.user.username, 'йожик');
    (await signIn('и\u0306ожик')).expect(200);
    const wide = await register({ username: 'ＷＩＤＥ１', email: 'wide@example.org' });
    assert.equal(wide.expect(201).body.user.username, 'wide1');
  });

  test('that look like another one are refused', async () => {
    (await register({ username: 'coco', email: 'coco@example.org' })).expect(201);
    assertProblem(await register({ username: 'сосо', email: 'coco2@example.org' }), 409, 'username');
    for (const username of ['аdmin', 'ad\u200bmin', 'ad\u202emin', 'αdmin', 'admin\u0000', '\u0301ada', '😀😀😀']) {
      assertProblem(await register({ username, email: 'x@example.org' }), 422, 'username');
    }
  });
});

describe('passwords', () => {
  test('that everybody tries first, or that are the name or address, are refused', async () => {
    const fields = { username: 'unguarded-one', email: 'unguarded-mail@example.org' };
    for (const password of [
      'password',
      'Password1',
      '12345678',
      'unguarded-one',
      'Unguarded-Mail@example.org',
      'unguarded-mail',
      'short',
      'x'.repeat(129),
    ]) {
      assertProblem(await register({ ...fields, password }), 422, 'password');
    }
    for (const [index, password] of ['xkcdxkcd', '😀'.repeat(128), '        '].entries()) {
      const made = await register({ username: `bounds-${index}`, email: `b${index}@example.org`, password });
      made.expect(201, password);
    }
  });

  test('are the same however a keyboard composes them', async () => {
    const fields = { username: 'zwoelf', email: 'zwoelf@example.org', password: 'zw\u00f6lf Boxk\u00e4mpfer' };
    (await register(fields)).expect(201);
    (await signIn('zwoelf', 'zwo\u0308lf Boxka\u0308mpfer')).expect(200);
  });

  test('changing one ends the other logins at once', async () => {
    const user = await newUser(server, 'changer');
    const other = await another(user);
    const session = await user.client.session();
    const socket = await BareClient.sync(server, session.id, other.client.token);
    const change = (body) => user.client.post('/me/password', body);
    assertProblem(await change({ current_password: 'wrong', new_password: NEW_PASSWORD }), 422, 'current_password');
    const weak = { current_password: PASSWORD, new_password: 'password' };
    assertProblem(await change(weak), 422, 'new_password');
    (await other.client.get('/me')).expect(200);
    (await change({ current_password: PASSWORD, new_password: NEW_PASSWORD })).expect(204);
    assert.equal(await socket.code(), 4401);
    await assertOver(other);
    (await user.client.get('/me')).expect(200);
    assertProblem(await signIn(user.username), 401);
    (await signIn(user.username, NEW_PASSWORD)).expect(200);
    await mailTo(server, user.email, 'password was changed');
  });

  test('a forgotten one is replaced by a link, once', async () => {
    const user = await newUser(server, 'forgetful');
    const other = await another(user);
    (await anybody.post('/auth/password/forgot', { email: user.email.toUpperCase() })).expect(202);
    const mail = await mailTo(server, user.email, 'new password');
    assert.doesNotMatch(mail.text, /passphrase|argon/);
    const token = tokenOf(mail);
    const reset = (password, used = token) => anybody.post('/auth/password/reset', { token: used, password });
    assertProblem(await reset('password'), 422, 'password');
    assertProblem(await reset(user.username), 422, 'password');
    assertProblem(await reset(NEW_PASSWORD, `${token}x`), 410);
    const answers = await Promise.all([1, 2, 3, 4].map((n) => reset(`${NEW_PASSWORD} ${n}`)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 410, 410, 410]);
    const won = answers.findIndex(({ status }) => status === 204) + 1;
    (await signIn(user.username, `${NEW_PASSWORD} ${won}`)).expect(200);
    await assertOver(other);
    assertProblem(await user.client.get('/me'), 401);
    assertProblem(await reset(NEW_PASSWORD), 410);
  });

  test('asking for a link tells nothing', async () => {
    const user = await newUser(server, 'secretive');
    const answers = [];
    for (const email of [user.email, 'nobody@example.org']) {
      answers.push((await anybody.post('/auth/password/forgot', { email })).expect(202));
    }
    assert.equal(answers[0].text, answers[1].text);
    await mailTo(server, user.email, 'new password');
    assert.deepEqual(await mailsTo(server, 'nobody@example.org'), []);
    assertProblem(await anybody.post('/auth/password/forgot', { email: 'nonsense' }), 422, 'email');
  });

  test('a link is worth nothing once the password was changed', async () => {
    const user = await newUser(server, 'reminded');
    (await anybody.post('/auth/password/forgot', { email: user.email })).expect(202);
    const token = tokenOf(await mailTo(server, user.email, 'new password'));
    const body = { current_password: PASSWORD, new_password: NEW_PASSWORD };
    (await user.client.post('/me/password', body)).expect(204);
    assertProblem(await anybody.post('/auth/password/reset', { token, password: PASSWORD }), 410);
  });
});

describe('addresses', () => {
  test('are confirmed by a link, which is sent again when asked for', async () => {
    const user = await newUser(server, 'confirmer');
    assert.equal((await user.client.get('/me')).body.email_verified, false);
    const first = tokenOf(await mailTo(server, user.email, 'Confirm'));
    (await user.client.post('/me/email/verification')).expect(202);
    const second = tokenOf(await mailTo(server, user.email, 'Confirm', 2));
    assert.notEqual(first, second);
    const verify = (token) => anybody.post('/auth/email/verify', { token });
    assert.deepEqual((await verify(second)).expect(200).body, { email: user.email });
    assert.equal((await user.client.get('/me')).body.email_verified, true);
    assertProblem(await verify(second), 410);
    assertProblem(await verify('nonsense'), 410);
    assertProblem(await user.client.post('/me/email/verification'), 409);
  });

  test('change once the new one is confirmed; the old one hears of it', async () => {
    const [user, other] = [await newUser(server, 'mover'), await newUser(server, 'settled')];
    const email = `new-${user.email}`;
    const change = (body) => user.client.post('/me/email', body);
    assertProblem(await change({ email, password: 'wrong' }), 422, 'password');
    assertProblem(await change({ email: 'nonsense', password: PASSWORD }), 422, 'email');
    assertProblem(await change({ email: user.email, password: PASSWORD }), 422, 'email');
    assertProblem(await change({ email: other.email, password: PASSWORD }), 409, 'email');
    const pending = (await change({ email, password: PASSWORD })).expect(202).body;
    assert.deepEqual([pending.email, pending.pending_email], [user.email, email]);
    const token = tokenOf(await mailTo(server, email, 'Confirm'));
    assertProblem(await signIn(email), 401);
    (await anybody.post('/auth/email/verify', { token })).expect(200);
    const me = (await user.client.get('/me')).body;
    assert.deepEqual([me.email, me.pending_email, me.email_verified], [email, null, true]);
    (await signIn(email)).expect(200);
    assertProblem(await signIn(user.email), 401);
    await mailTo(server, user.email, 'address was changed');
  });

  test('a change is taken back, and its link with it', async () => {
    const user = await newUser(server, 'undecided');
    const email = `new-${user.email}`;
    (await user.client.post('/me/email', { email, password: PASSWORD })).expect(202);
    const token = tokenOf(await mailTo(server, email, 'Confirm'));
    assert.equal((await user.client.delete('/me/email')).expect(200).body.pending_email, null);
    assertProblem(await anybody.post('/auth/email/verify', { token }), 410);
  });

  test('put nothing into the headers of mails', async () => {
    for (const email of [
      'a@example.org\r\nBcc: eve@example.org',
      'a@example.org\nSubject: x',
      'a@example.org, eve@example.org',
      '"a\\r\\nBcc: x"@example.org',
      '<a@example.org>',
      'а@example.org',
    ]) {
      assertProblem(await register({ username: 'header', email }), 422, 'email');
      assertProblem(await anybody.post('/auth/password/forgot', { email }), 422, 'email');
    }
    const name = 'Ada\u2028Bcc: eve@example.org';
    const made = await register({ username: 'liner', email: 'liner@example.org', display_name: name });
    assert.ok([201, 422].includes(made.status));
    assert.deepEqual(await mailsTo(server, 'eve@example.org'), []);
  });

  test('mails are for the owner of the server only', async () => {
    const user = await newUser(server, 'private');
    await mailTo(server, user.email, 'Confirm');
    const [folder, ...files] = modes(server);
    assert.equal(folder, 0o700);
    assert.ok(files.length > 0 && files.every((mode) => mode === 0o600));
  });
});

describe('logins', () => {
  test('are listed with their devices and end one by one', async () => {
    const user = await newUser(server, 'devices');
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    const firefox = await another(user, { 'user-agent': agent });
    const { items } = (await user.client.get('/me/logins')).expect(200).body;
    assert.equal(items.length, 2);
    const [mine, theirs] = [items.find(({ current }) => current), items.find(({ current }) => !current)];
    assert.equal(theirs.device, 'Firefox on Linux');
    assert.equal(theirs.user_agent, agent);
    assert.equal(theirs.address, '127.0.0.1');
    for (const time of [theirs.created_at, theirs.last_used_at, theirs.expires_at]) assert.match(time, /Z$/);
    const stranger = await newUser(server, 'stranger');
    assertProblem(await stranger.client.delete(`/me/logins/${theirs.id}`), 404);
    const session = await user.client.session();
    const socket = await BareClient.sync(server, session.id, firefox.client.token);
    (await user.client.delete(`/me/logins/${theirs.id}`)).expect(204);
    assert.equal(await socket.code(), 4401);
    await assertOver(firefox);
    assertProblem(await user.client.delete(`/me/logins/${theirs.id}`), 404);
    assert.deepEqual(
      (await user.client.get('/me/logins')).body.items.map(({ id }) => id),
      [mine.id],
    );
  });

  test('say when they were used last', async () => {
    const user = await newUser(server, 'used');
    const before = (await user.client.get('/me/logins')).body.items[0];
    const { body } = (await refresh(user.refreshToken)).expect(200);
    const [again] = (await new Client(server, body.access_token).get('/me/logins')).body.items;
    assert.equal(again.id, before.id);
    assert.ok(again.last_used_at > before.last_used_at);
    assert.equal(again.created_at, before.created_at);
  });

  test('end everywhere, or everywhere else', async () => {
    const user = await newUser(server, 'everywhere');
    const [second, third] = [await another(user), await another(user)];
    (await user.client.delete('/me/logins?keep_current=true')).expect(204);
    await assertOver(second);
    await assertOver(third);
    (await user.client.get('/me')).expect(200);
    (await user.client.delete('/me/logins')).expect(204);
    await assertOver(user);
    (await signIn(user.username)).expect(200);
  });

  test('of many refreshes with one token one wins, and then the login has ended', async () => {
    for (let round = 0; round < 5; round += 1) {
      const user = await newUser(server, 'crowd');
      const answers = await Promise.all(Array.from({ length: 12 }, () => refresh(user.refreshToken)));
      const won = answers.filter(({ status }) => status === 200);
      assert.equal(won.length, 1, answers.map(({ status }) => status).join());
      const family = { client: new Client(server, won[0].body.access_token), refreshToken: won[0].body.refresh_token };
      await assertOver(family);
    }
    assert.match(server.log, /a refresh token was used twice/);
  });
});

describe('the profile', () => {
  test('has a text and links, which lead to the web', async () => {
    const user = await newUser(server, 'profiled');
    const patch = { display_name: 'Pro', color: '#AABBCC', bio: 'Two\nlines', links: ['https://example.org/~me'] };
    const changed = (await user.client.patch('/me', patch)).expect(200).body;
    assert.deepEqual(changed, (await user.client.get('/me')).body);
    assert.deepEqual([changed.bio, changed.color], [patch.bio, '#aabbcc']);
    assert.deepEqual(changed.links, patch.links);
    for (const link of ['javascript:alert(1)', 'data:text/html,x', 'ftp://x.y', '//x.y', 'x', 'https://u:p@x.y']) {
      assertProblem(await user.client.patch('/me', { links: [link] }), 422, 'links');
    }
    assertProblem(await user.client.patch('/me', { links: Array(6).fill('https://x.y') }), 422, 'links');
    assertProblem(await user.client.patch('/me', { bio: 'x'.repeat(501) }), 422, 'bio');
    assertProblem(await user.client.patch('/me', { color: 'red' }), 422, 'color');
    assertProblem(await user.client.patch('/me', { display_name: '\u202enimda' }), 422, 'display_name');
    assertProblem(await user.client.patch('/me', { email: 'x@example.org' }), 422, 'email');
    assert.deepEqual((await user.client.get('/me')).body, changed);
  });

  test('preferences are kept with the account', async () => {
    const user = await newUser(server, 'choosy');
    const first = (await user.client.get('/me/preferences')).expect(200).body;
    assert.deepEqual(first, { theme: 'auto', keymap: 'standard', font_size: 14, tab_size: 4, language: null });
    const patch = { theme: 'dark', keymap: 'vim', font_size: 18, tab_size: 2, language: 'python' };
    assert.deepEqual((await user.client.patch('/me/preferences', patch)).expect(200).body, patch);
    const { client } = await another(user);
    assert.deepEqual((await client.get('/me/preferences')).body, patch);
    assert.equal((await client.patch('/me/preferences', { language: null })).expect(200).body.language, null);
    for (const [field, value] of [
      ['theme', 'pink'],
      ['keymap', 'ed'],
      ['font_size', 9],
      ['font_size', 25],
      ['font_size', 300],
      ['tab_size', 0],
      ['tab_size', 9],
      ['language', 'klingon'],
      ['speed', 1],
    ]) {
      assertProblem(await user.client.patch('/me/preferences', { [field]: value }), 422, field);
    }
  });
});

describe('the end', () => {
  test('is asked for with the password, and shuts everything at once', async () => {
    const [user, friend] = [await newUser(server, 'leaver', 'Lea'), await newUser(server, 'friend')];
    const other = await another(user);
    const own = await user.client.session({ title: 'own' });
    const shared = await user.client.session({ title: 'shared' });
    await join(user, shared, friend, 'admin');
    const theirs = await friend.client.session({ title: 'theirs' });
    await join(friend, theirs, user, 'editor');
    (await user.client.post(`/sessions/${theirs.id}/messages`, { text: 'farewell' })).expect(201);
    const socket = await BareClient.sync(server, theirs.id, other.client.token);
    const remove = (password) => user.client.request('DELETE', '/me', { password });
    assertProblem(await remove('wrong'), 422, 'password');
    (await remove(PASSWORD)).expect(204);
    assert.equal(await socket.code(), 4401);
    await assertOver(user);
    await assertOver(other);
    assertProblem(await signIn(user.username), 401);
    const { items } = (await friend.client.get(`/sessions/${theirs.id}/messages`)).expect(200).body;
    const said = items.find(({ text }) => text === 'farewell');
    assert.equal(said.author.display_name, 'Deleted user');
    assert.doesNotMatch(JSON.stringify(items), /leaver|Lea"/);
    assert.equal((await friend.client.get(`/sessions/${shared.id}`)).expect(200).body.owner_id, friend.id);
    assertProblem(await friend.client.get(`/sessions/${own.id}`), 404);
    (await register({ username: user.username, email: user.email })).expect(201);
    await mailTo(server, user.email, 'account was deleted');
  });

  test('is not for guests', async () => {
    const owner = await newUser(server, 'host');
    const guest = await newGuest(server, owner, await owner.client.session({ visibility: 'link' }));
    assertProblem(await guest.client.request('DELETE', '/me', { password: '' }), 403);
    assertProblem(await guest.client.get('/me/logins'), 403);
    assertProblem(await guest.client.get('/me/export'), 403);
  });
});

test('the export holds what is one’s own, and nothing of others', async () => {
  const [user, friend] = [await newUser(server, 'collector'), await newUser(server, 'other')];
  const files = [{ path: 'src/main.py', content: 'print("mine")\n' }];
  const own = await user.client.session({ title: 'own', files });
  const theirs = await friend.client.session({ title: 'theirs', files: [{ path: 'secret.py', content: 'SECRET' }] });
  await join(friend, theirs, user, 'editor');
  (await user.client.post(`/sessions/${theirs.id}/messages`, { text: 'said by me' })).expect(201);
  (await friend.client.post(`/sessions/${theirs.id}/messages`, { text: 'said by another' })).expect(201);
  await user.client.run({ language: 'python', code: 'print(6 * 7)' });
  const headers = { authorization: `Bearer ${user.token}` };
  const response = await fetch(`${server.url}/api/v1/me/export`, { headers });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/zip');
  const zip = unzipSync(new Uint8Array(await response.arrayBuffer()));
  const text = (name) => strFromU8(zip[name]);
  assert.equal(JSON.parse(text('account.json')).user.email, user.email);
  assert.equal(text(`sessions/${own.id}/files/src/main.py`), files[0].content);
  assert.match(text(`sessions/${own.id}/history.jsonl`), /"type":"session"/);
  assert.match(text('executions.jsonl'), /42/);
  assert.match(text(`messages/${theirs.id}.jsonl`), /said by me/);
  const all = Object.keys(zip).map(text).join('\n');
  assert.doesNotMatch(all, /SECRET|said by another|argon2|refresh_token/);
});
