import { Stack } from '@mantine/core';
import { useState } from 'react';

import { ApiKeyList } from './ApiKeyList';
import { NewApiKey } from './NewApiKey';
import { NewApiKeyText } from './NewApiKeyText';

/** What one's programs sign in with. */
export function ApiKeysTab() {
  const [made, setMade] = useState<string | null>(null);
  return (
    <Stack maw={640}>
      {made !== null && <NewApiKeyText text={made} onDone={() => setMade(null)} />}
      <NewApiKey onMade={setMade} />
      <ApiKeyList />
    </Stack>
  );
}
