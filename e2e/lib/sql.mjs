// The server's database, as nobody but a test reaches it.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM =
  'import sqlite3, sys\n' +
  'with sqlite3.connect(sys.argv[1], timeout=10) as database:\n' +
  '    print(database.execute(sys.argv[2]).fetchall())';

/** Runs a statement of SQL on a server's SQLite file; gives the rows as Python writes them. */
export function sql(server, statement) {
  const path = join(server.dataDir, 'codecrafter.db');
  return execFileSync('python3', ['-c', PROGRAM, path, statement], { encoding: 'utf8' });
}
