// What the server holds at a moment when nothing runs.

import { readFileSync, readdirSync, statSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const CGROUPS = '/sys/fs/cgroup';

/** Counts, and sizes in KiB, of the process `pid`, its data folder and its cgroups below `cgroup`. */
export function sample({ pid, dataDir, cgroup, temporary }) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const number = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)[1]);
  const shm = statfsSync('/dev/shm');
  return {
    rss: number('RssAnon'),
    fds: readdirSync(`/proc/${pid}/fd`).length,
    threads: number('Threads'),
    processes: descendants(pid),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length,
    cgroups: cgroupsOf(cgroup),
    temporary: Math.round(bytesBelow(temporary) / 1024),
    shm: Math.round(((shm.blocks - shm.bfree) * shm.bsize) / 1024),
    database: Math.round(bytesBelow(dataDir, (name) => name.includes('.db')) / 1024),
  };
}

/** Processes that it started, and theirs. */
function descendants(pid) {
  const children = new Map();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // It has ended meanwhile.
    }
  }
  const count = (of) => (children.get(of) ?? []).reduce((sum, child) => sum + 1 + count(child), 0);
  return count(pid);
}

/** Groups of that name and below it, in every hierarchy. */
function cgroupsOf(name) {
  const below = (folder) => {
    try {
      const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
      return 1 + inside.reduce((sum, entry) => sum + below(join(folder, entry.name)), 0);
    } catch {
      return 0;
    }
  };
  const hierarchies = readdirSync(CGROUPS).map((hierarchy) => join(CGROUPS, hierarchy, name));
  return [join(CGROUPS, name), ...hierarchies].reduce((sum, folder) => sum + below(folder), 0);
}

function bytesBelow(folder, counts = () => true) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    try {
      if (entry.isDirectory()) bytes += bytesBelow(path, counts);
      else if (entry.isFile() && counts(entry.name)) bytes += statSync(path).size;
    } catch {
      // It has gone meanwhile.
    }
  }
  return bytes;
}
