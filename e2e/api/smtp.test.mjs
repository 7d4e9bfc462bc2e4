// Mails by SMTP, through a mail server of our own on this machine.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

import { Client } from '../lib/client.mjs';
import { tokenOf } from '../lib/mails.mjs';
import { newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

const USER = 'mailer@example.org';
const SECRET = 'p@ss:w/rd';
const received = [];
let refusals = 0;
let postOffice;
let server;
let url;

before(async () => {
  postOffice = new SMTPServer({
    authMethods: ['PLAIN', 'LOGIN'],
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) =>
      done(username === USER && password === SECRET ? null : new Error('no'), { user: username }),
    onData: (stream, session, done) => {
      const chunks = [];
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => {
        if (refusals > 0) {
          refusals -= 1;
          return done(Object.assign(new Error('busy'), { responseCode: 451 }));
        }
        received.push({ envelope: session.envelope, raw: Buffer.concat(chunks) });
        return done();
      });
    },
  });
  postOffice.on('error', () => {});
  postOffice.listen(0, '127.0.0.1');
  await once(postOffice.server, 'listening');
  const { port } = postOffice.server.address();
  url = `smtp://${encodeURIComponent(USER)}:${encodeURIComponent(SECRET)}@127.0.0.1:${port}?tls=none`;
  server = await Server.start({ CODECRAFTER_MAIL: url, CODECRAFTER_MAIL_FROM: 'Craft <noreply@example.org>' });
});
after(async () => {
  await server.stop();
  await new Promise((resolve) => postOffice.close(resolve));
});

/** The first mail to an address whose subject has these words. */
async function mailTo(address, subject) {
  const find = async () => {
    for (const { envelope, raw } of received) {
      const mail = await simpleParser(raw);
      const to = envelope.rcptTo.map((one) => one.address);
      if (to.includes(address) && mail.subject.includes(subject)) return { mail, envelope, to };
    }
    return null;
  };
  return until(find, `a mail to ${address} about ${subject}`, 20_000);
}

test('a link to a new password comes by mail, and works', async () => {
  const user = await newUser(server, 'post');
  const anybody = new Client(server);
  (await anybody.post('/auth/password/forgot', { email: user.email })).expect(202);
  const { mail, envelope, to } = await mailTo(user.email, 'new password');
  assert.deepEqual(to, [user.email]);
  assert.equal(envelope.mailFrom.address, 'noreply@example.org');
  assert.equal(mail.from.text, '"Craft" <noreply@example.org>');
  assert.equal(mail.headers.get('auto-submitted'), 'auto-generated');
  const password = 'another long passphrase';
  (await anybody.post('/auth/password/reset', { token: tokenOf(mail), password })).expect(204);
  (await anybody.post('/auth/login', { login: user.username, password })).expect(200);
});

test('a mail server that has no time is asked again', { timeout: 60_000 }, async () => {
  refusals = 1;
  const user = await newUser(server, 'patient');
  const { mail } = await mailTo(user.email, 'Confirm');
  (await new Client(server).post('/auth/email/verify', { token: tokenOf(mail) })).expect(200);
  assert.match(server.log, /mail will be tried again/);
});

test('the password of the mail server is nowhere to be read', async () => {
  assert.ok(!server.log.includes(SECRET) && !server.log.includes(encodeURIComponent(SECRET)));
  const env = {
    ...process.env,
    CODECRAFTER_DATA_DIR: server.dataDir,
    CODECRAFTER_MAIL: url,
    CODECRAFTER_MAIL_FROM: 'noreply@example.org',
  };
  delete env.CODECRAFTER_BIN;
  const doctor = promisify(execFile)(process.env.CODECRAFTER_BIN, ['doctor', '--json'], { env });
  const { stdout, stderr } = await doctor.catch((error) => error);
  const found = JSON.parse(stdout).find(({ part }) => part === 'Mail');
  assert.equal(found.state, 'ok', JSON.stringify(found));
  assert.ok(!`${stdout}${stderr}`.includes(encodeURIComponent(SECRET)));
});

test('an unencrypted mail server elsewhere is refused at the start', async () => {
  const env = { ...process.env, CODECRAFTER_MAIL: 'smtp://mail.example.org?tls=none', CODECRAFTER_MAIL_FROM: 'a@b.c' };
  delete env.CODECRAFTER_BIN;
  const start = promisify(execFile)(process.env.CODECRAFTER_BIN, ['doctor'], { env });
  await assert.rejects(start, /this machine only/);
});
