// Every operation of the OpenAPI document, asked as it describes and otherwise, as nobody, as a user, with an API key and as an
// administrator of the platform:
// `node schema/run.mjs [SECONDS-EACH]`. The executable is that of CODECRAFTER_BIN, Schemathesis that of SCHEMATHESIS.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { newPlatformAdmin, newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';

const CONFIG = join(import.meta.dirname, 'schemathesis.toml');
/** The same cases each time. */
const SEED = 20_260;
const seconds = Number(process.argv[2] ?? 35);
/**
 * All that Schemathesis knows, but for the last: that whatever fits the schema is accepted. It cannot be said there which
 * languages a server has, what a cursor looks like, or that a text must not be blank.
 */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'missing_required_header',
  'unsupported_method',
  'allow_header_conformance',
  'use_after_free',
  'ensure_resource_availability',
  'ignored_auth',
];

const server = await Server.start();
const user = await newUser(server, 'schema');
const admin = await newPlatformAdmin(server, 'admin');
const programmer = await newUser(server, 'programmer');
const scopes = ['read', 'execute', 'sessions', 'admin'];
const { body } = (await programmer.client.post('/me/api-keys', { name: 'schema', scopes })).expect(201);

const asked = { nobody: null, 'a user': user.token, 'an API key': body.key, 'an administrator': admin.token };

const failed = [];
for (const [who, token] of Object.entries(asked)) {
  console.log(`--- as ${who}, seed ${SEED} ---`);
  const reports = mkdtempSync(join(tmpdir(), 'codecrafter-schema-'));
  const args = [
    '--config-file',
    CONFIG,
    'run',
    `${server.url}/api/v1/openapi.json`,
    '--checks',
    CHECKS.join(','),
    '--seed',
    String(SEED),
  ];
  args.push('--max-time', String(seconds), '--max-examples', '15', '--exclude-tag', 'sockets');
  args.push(
    '--phases',
    'examples,coverage,fuzzing,stateful',
    '--continue-on-failure',
    '--no-color',
    '--warnings',
    'off',
  );
  if (token !== null) args.push('--header', `Authorization: Bearer ${token}`);
  const { status } = spawnSync(process.env.SCHEMATHESIS ?? 'schemathesis', args, { stdio: 'inherit', cwd: reports });
  rmSync(reports, { recursive: true, force: true });
  if (status !== 0) failed.push(who);
}
if (!server.alive) failed.push('the server has ended');
await server.stop();
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  process.exit(1);
}
