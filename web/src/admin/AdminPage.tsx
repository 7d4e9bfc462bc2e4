import { Container, Group, Tabs, Title } from '@mantine/core';
import { Navigate, useNavigate, useParams } from 'react-router';

import classes from '@/account/Account.module.css';
import { NotFound } from '@/app/Message';
import { useUser } from '@/auth/useAuth';
import { Logo } from '@/ui/Logo';
import { ThemeToggle } from '@/ui/ThemeToggle';
import { UserMenu } from '@/ui/UserMenu';
import { useTitle } from '@/ui/useTitle';

import { TABS } from './tabs';

/** Administration of the platform. For everybody else it does not exist; the server refuses them in any case. */
export function AdminPage() {
  const { tab } = useParams();
  const { platform_admin } = useUser();
  const shown = TABS.find(({ path }) => path === tab);
  if (!platform_admin) return <NotFound />;
  if (tab === undefined) return <Navigate to={`/admin/${TABS[0].path}`} replace />;
  return shown ? <Page path={shown.path} /> : <NotFound />;
}

function Page({ path }: { path: string }) {
  useTitle('Administration');
  const navigate = useNavigate();
  return (
    <Container size="lg" py="md">
      <Group component="header" justify="space-between" wrap="nowrap">
        <Logo />
        <Group gap="xs" wrap="nowrap">
          <ThemeToggle />
          <UserMenu />
        </Group>
      </Group>
      <main>
        <Title order={1} size="h2" mt={36} mb="md">
          Administration
        </Title>
        <Tabs value={path} onChange={(to) => to && void navigate(`/admin/${to}`)} keepMounted={false}>
          <Tabs.List className={classes.list} aria-label="Administration" mb="lg">
            {TABS.map(({ path, label, icon: Icon }) => (
              <Tabs.Tab key={path} value={path} leftSection={<Icon size={16} />} className={classes.tab}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {TABS.map(({ path, page: Part }) => (
            <Tabs.Panel key={path} value={path}>
              <Part />
            </Tabs.Panel>
          ))}
        </Tabs>
      </main>
    </Container>
  );
}
