import { Alert, Anchor, Box, Button, Center, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { SubmitEvent, ReactNode } from 'react';
import { Link, Navigate, useSearchParams } from 'react-router';

import { describe, Problem } from '@/api/problem';
import { Logo } from '@/ui/Logo';

import { safeNext, withNext } from './next';
import { ProviderButtons } from './ProviderButtons';
import { providerProblem } from './providerProblem';
import { useAuth } from './useAuth';

interface Props {
  title: string;
  action: string;
  /** Sends the form; rejects with a [`Problem`] when refused. */
  submit: (form: FormData) => Promise<void>;
  /** The fields, given what is wrong with each. */
  children: (wrong: (field: string) => string | undefined) => ReactNode;
  /** Names of the fields, whose errors stand beside them and not above. */
  fields: readonly string[];
  /** Where those go who are wrong here; left out where there is no way but on. */
  other?: { page: '/login' | '/register'; question: string; label: string };
  /** Another way in, shown where that stands. */
  way?: ReactNode;
}

/** The frame that signing in and registering share: it leads on to where the person wanted to go. */
export function AuthForm({ title, action, submit, children, fields, other, way }: Props) {
  const state = useAuth();
  const [search] = useSearchParams();
  const next = safeNext(search.get('next'));
  const send = useMutation({ mutationFn: submit });
  if (state.status === 'signed-in') return <Navigate to={next} replace />;

  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    send.mutate(new FormData(event.currentTarget));
  };
  const wrong = (field: string) => (send.error instanceof Problem ? send.error.field(field) : undefined);
  const beside = fields.some(wrong);
  const problem = send.error ? describe(send.error) : providerProblem(search.get('problem'));
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={380} gap="md">
        <Logo />
        <Paper withBorder p="lg">
          <form onSubmit={onSubmit}>
            <Stack gap="sm">
              <Title order={1} size="h3">
                {title}
              </Title>
              {next.startsWith('/s/') && (
                <Text c="dimmed" size="sm">
                  Then you go straight to the session.
                </Text>
              )}
              <Box role="alert" display="contents">
                {problem !== null && !beside && (
                  <Alert color="red" variant="light" p="xs">
                    {problem}
                  </Alert>
                )}
              </Box>
              {children(wrong)}
              <Button type="submit" loading={send.isPending} mt="xs">
                {action}
              </Button>
            </Stack>
          </form>
          {other && <ProviderButtons next={next}>{way}</ProviderButtons>}
        </Paper>
        {other && (
          <Text size="sm" ta="center">
            {other.question}{' '}
            <Anchor component={Link} to={withNext(other.page, next)} underline="always">
              {other.label}
            </Anchor>
          </Text>
        )}
      </Stack>
    </Center>
  );
}

/** A form field's text. */
export function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
