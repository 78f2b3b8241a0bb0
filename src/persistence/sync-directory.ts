import { open } from 'node:fs/promises';

/** Brings the entries of a directory to the disk: names that were given and taken there. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    // Some file systems can't sync directories.
    await handle.sync().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EBADF' && error.code !== 'EINVAL') throw error;
    });
  } finally {
    await handle.close();
  }
}
