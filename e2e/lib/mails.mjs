// Mails as they land in the server's folder, or at an SMTP server.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { simpleParser } from 'mailparser';

import { until } from './until.mjs';

/** The folder for mails of a server that has no mail server. */
export const mailFolder = (server) => join(server.dataDir, 'mail');

/** Every mail to an address so far, oldest first. */
export async function mailsTo(server, address) {
  const mails = await Promise.all(files(server).map((path) => simpleParser(readFileSync(path))));
  return mails.filter((mail) => mail.to.text === address);
}

/** The latest mail to an address, once there are `count` whose subject has these words. */
export async function mailTo(server, address, subject, count = 1) {
  const found = async () => (await mailsTo(server, address)).filter((mail) => mail.subject.includes(subject));
  await until(async () => (await found()).length >= count, `mail ${count} about "${subject}" to ${address}`);
  return (await found()).at(-1);
}

/** The token of the link in a mail. */
export function tokenOf(mail) {
  return /#token=([\w-]+)/.exec(mail.text)[1];
}

/** The link in a mail. */
export function linkOf(mail) {
  return /https?:\S+#token=\S+/.exec(mail.text)[0];
}

/** The mode bits of every file in the folder, and of the folder. */
export function modes(server) {
  return [mailFolder(server), ...files(server)].map((path) => statSync(path).mode & 0o777);
}

function files(server) {
  const folder = mailFolder(server);
  let names = [];
  try {
    names = readdirSync(folder);
  } catch {
    // Made with the first mail.
  }
  return names
    .filter((name) => name.endsWith('.eml'))
    .sort()
    .map((name) => join(folder, name));
}
