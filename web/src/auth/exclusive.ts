/**
 * Runs `task` while no other tab of this browser runs one under the same name.
 *
 * Web Locks exist only in secure contexts (https, localhost); elsewhere tabs are on their own.
 */
export function exclusively<T>(name: string, task: () => Promise<T>): Promise<T> {
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- absent in insecure contexts
  if (!globalThis.navigator?.locks) return task();
  return navigator.locks.request(name, task) as Promise<T>;
}
