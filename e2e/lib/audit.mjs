// The audit log, as administrators of the platform read it.

/** The entries of an act that concern a user, or nobody; the latest first. */
export async function audited(admin, act, user) {
  const query = new URLSearchParams({ act, ...(user && { user: user.id }) });
  return (await admin.client.get(`/admin/audit?${query}`)).expect(200).body.items;
}
