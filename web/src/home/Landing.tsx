import { Button, Container, Group, SimpleGrid, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconHistory, IconPlayerPlay, IconUsers } from '@tabler/icons-react';
import { Link } from 'react-router';

import { Logo } from '@/ui/Logo';
import { ThemeToggle } from '@/ui/ThemeToggle';

const POINTS = [
  {
    icon: IconUsers,
    title: 'Write together',
    text: 'Everybody types in the same files at the same time, with each other’s cursors in view.',
  },
  {
    icon: IconPlayerPlay,
    title: 'Run it at once',
    text: 'JavaScript, Python, Java, C++, Go, Rust and others in a sandbox. All see who ran it and watch the output.',
  },
  {
    icon: IconHistory,
    title: 'Nothing is lost',
    text: 'Every edit and every run is kept. Close the page, come back, go on where you were.',
  },
];

/** What a visitor sees first. */
export function Landing() {
  return (
    <Container size="md" py="md">
      <Group component="header" justify="space-between">
        <Logo />
        <Group gap="xs">
          <ThemeToggle />
          <Button component={Link} to="/login" variant="default">
            Log in
          </Button>
        </Group>
      </Group>
      <Stack component="main" gap={56} py={{ base: 56, sm: 104 }}>
        <Stack gap="md" maw={620}>
          <Title order={1} fz={{ base: 34, sm: 46 }} lh={1.12}>
            One editor, two keyboards, one Run button.
          </Title>
          <Text size="lg" c="dimmed">
            Create a session, send its link, and write code together. For interviews, lessons and pairing, with nothing
            to install.
          </Text>
          <Group mt="xs">
            <Button component={Link} to="/register" size="md">
              Register
            </Button>
            <Button component={Link} to="/login" size="md" variant="subtle">
              I have an account
            </Button>
          </Group>
        </Stack>
        <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="xl">
          {POINTS.map(({ icon: Icon, title, text }) => (
            <Stack key={title} gap={6}>
              <ThemeIcon variant="light" size="lg">
                <Icon size={18} aria-hidden />
              </ThemeIcon>
              <Title order={2} size="h5">
                {title}
              </Title>
              <Text size="sm" c="dimmed">
                {text}
              </Text>
            </Stack>
          ))}
        </SimpleGrid>
      </Stack>
    </Container>
  );
}
