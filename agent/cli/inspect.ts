/** `coracle inspect`: what is wrong with this machine, what to do about it, and a report for who is asked for help. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { exitCodes } from './failure.ts';
import type { Facts } from './inspect/facts.ts';
import type { Finding } from './inspect/finding.ts';
import { checkFormat, printStructured } from './output-format.ts';
import { inWords } from './system-words.ts';
import type { Terminal } from './terminal.ts';

interface InspectOptions {
  dataDir?: string;
  report: string | boolean;
  format: string;
}

/** Adds the command. */
export function addInspect(program: Command, terminal: Terminal): void {
  withDataDir(program.command('inspect'))
    .description('find out what is wrong with this machine, and pack a report without secrets')
    .option('--report <file>', 'where the report goes (default: coracle-report-TIME.tar.gz, here)')
    .option('--no-report', 'no report, only the findings')
    .option('--format <format>', 'pretty, json or yaml', 'pretty')
    .addHelpText(
      'after',
      '\nExamples:\n  sudo coracle inspect\n  coracle inspect --no-report --format json\n\nExit code 1 when something is broken. It changes nothing, and needs no hub.',
    )
    .action(async (options: InspectOptions) => {
      checkFormat(options.format, ['pretty', 'json', 'yaml']);
      const dir = chosenDataDir(options);
      // what few commands need is loaded by those alone: the others start sooner
      const [{ gather }, { judge }, { checks }] = await Promise.all([
        import('./inspect/gather.ts'),
        import('./inspect/finding.ts'),
        import('./inspect/checks.ts'),
      ]);
      const facts = await gather(dir, Date.now());
      const findings = judge(facts, checks);
      if (options.format === 'json' || options.format === 'yaml')
        await printStructured(terminal, options.format, { role: facts.role, dataDir: dir.root, findings });
      else for (const line of lines(facts, findings, terminal.colours)) terminal.print(line);
      if (options.report !== false) await report(options.report, dir, facts, findings, terminal);
      if (findings.some(({ level }) => level === 'fail')) process.exitCode = exitCodes.failed;
    });
}

const marks: Record<Finding['level'], readonly [string, number]> = {
  fail: ['FAIL', 31],
  warn: ['warn', 33],
  ok: ['ok  ', 32],
};

/** What is wrong comes first, each with what to do. */
function lines({ role, root }: Facts, findings: readonly Finding[], colours: boolean): string[] {
  const shown = findings.flatMap(({ level, text, todo }) => {
    const [mark, colour] = marks[level];
    const first = `${colours ? `\u001b[${colour}m${mark}\u001b[0m` : mark}  ${text}`;
    return todo === undefined ? [first] : [first, `      do: ${todo}`];
  });
  const count = (level: Finding['level']): number => findings.filter((one) => one.level === level).length;
  return [
    ...shown,
    '',
    `${count('fail')} failed, ${count('warn')} warnings, ${count('ok')} good (data directory ${root}, ${role})`,
  ];
}

/** A report that cannot be written is no reason to fail: the disk may be what is broken. */
async function report(
  where: string | boolean,
  dir: DataDir,
  facts: Facts,
  findings: readonly Finding[],
  terminal: Terminal,
): Promise<void> {
  const time = new Date(facts.now)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(/[-:]/g, '')
    .replace('T', '-');
  const file = resolve(typeof where === 'string' ? where : `coracle-report-${time}.tar.gz`);
  try {
    const { writeReport } = await import('./inspect/report.ts');
    await writeReport(file, dir, facts, findings);
    terminal.note(`The report is ${file}; secrets are taken out of it.`);
  } catch (error) {
    terminal.note(`The report could not be written to ${file}: ${inWords(error)}`);
    terminal.note('  choose another place with --report FILE');
  }
}
