/**
 * The last step of `npm run build`: the program as one file, dist/cli.js.
 *
 * Starting from one file instead of some two hundred modules takes little more than half the time (see
 * docs/decisions/0007-bundled-program.md). Everything else in dist/ is the compiler's, module by module: the embedded
 * API, and the modules that worker threads start from.
 */
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';

const source = fileURLToPath(new URL('src', import.meta.url));

export default defineConfig({
  input: 'src/cli.ts',
  platform: 'node',
  external: (id) => !id.startsWith('.') && !id.startsWith('/'),
  plugins: [
    {
      // A module that looks for its neighbours must find them beside the module it is in dist/.
      name: 'keep-module-urls',
      transform(code, id) {
        if (!code.includes('import.meta.url')) return null;
        const module = relative(source, id).split(sep).join('/').replace(/\.ts$/, '.js');
        return code.replaceAll('import.meta.url', `new URL('./${module}', import.meta.url).href`);
      },
    },
  ],
  output: { file: 'dist/cli.js', format: 'esm', codeSplitting: false },
});
