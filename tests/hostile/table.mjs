// The rows of a scenario as a Markdown table.

/** Memory is VmRSS of all processes of the program, in MB. The watcher's times are in ms. A row holds when what must be was so. */
export function table({ name, title, seconds, rows }) {
  const measured = rows.some((row) => row.memory || row.watcher);
  const head = ['program', 'what happened', ...(measured ? ['memory before / peak / after', 'watcher: requests, errors, p50 / p99 / max'] : []), 'held'];
  const lines = rows.map((row) => [
    row.program,
    String(row.told).replaceAll('|', '\\|').replaceAll('\n', ' '),
    ...(measured ? [memory(row.memory), watcher(row.watcher)] : []),
    row.held === undefined ? '–' : row.held ? 'yes' : '**no**',
  ]);
  const text = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return `\n### ${name}: ${title} (${seconds} s)\n\n${text}\n`;
}

function memory(seen) {
  return seen ? `${seen.before} / ${seen.peak} / ${seen.after}` : '';
}

function watcher(seen) {
  if (!seen) return '';
  const kinds = Object.entries(seen.kinds).map(([kind, count]) => `${kind} ×${count}`).join(', ');
  return `${seen.requests}, ${seen.errors}${kinds && ` (${kinds})`}, ${seen.p50} / ${seen.p99} / ${seen.max}`;
}
