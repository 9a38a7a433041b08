import { notifications } from '@mantine/notifications';
import { useState } from 'react';

interface Payload {
  errors: readonly { message: string }[];
}

/** Runs mutations from buttons: says what was refused and why, and that it was done. */
export function useAction(): {
  isBusy: boolean;
  run(done: string, action: () => Promise<Payload | null | undefined>): Promise<boolean>;
} {
  const [isBusy, setBusy] = useState(false);
  const run = async (done: string, action: () => Promise<Payload | null | undefined>) => {
    setBusy(true);
    try {
      const payload = await action();
      const [refused] = payload?.errors ?? [];
      if (payload == null || refused !== undefined)
        throw new Error(refused?.message ?? 'The gateway did not answer');
      notifications.show({ message: done, color: 'green' });
      return true;
    } catch (error) {
      notifications.show({
        title: 'Not done',
        message: (error as Error).message,
        color: 'red',
        autoClose: 10_000,
      });
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, run };
}
