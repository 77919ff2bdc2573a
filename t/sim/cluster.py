#!/usr/bin/env python3
"""Simulates clusters of registries: t/sim/cluster.py [SEED | -n SCHEDULES].

Without arguments 10 000 schedules run, on two processors, a part of them
with sanitizers.  Then the simulator is tested itself: each mutant is a copy
of the rules with one of them broken, and some schedule has to fail with it.
A seed replays its schedule and prints what happens.
"""

import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
MODULE = os.path.join(ROOT, 'ngx_rtalpha_registry_module')
RULES = ('ngx_rtalpha_reg_cluster.c', 'ngx_rtalpha_reg_members.c')

SCHEDULES = 10000
SANITIZED = 400
MUTANT = 4000

# name, the text of the rule, what stands there instead
MUTANTS = (
    ('an older content replaces a newer one',
     'ngx_rtalpha_reg_regs_content(r, &m->regs) > 0',
     'ngx_rtalpha_reg_regs_content(r, &m->regs) != 0'),
    ('a lease that ended cannot be contradicted',
     'return !r->live || (m->seen == 0 && r->owner != c->self->id);',
     'return 0;'),
    ('a cancel does not close its stamp',
     'return a->closed ? 1 : -1;',
     'return a->closed ? -1 : 1;'),
    ('a registration after a cancel keeps the stamp',
     'dirty = ngx_max(dirty, r->stamp + 1);',
     ';'),
    ('no renewal makes a node the owner',
     '    ngx_rtalpha_reg_cluster_own(self, m);\n\n    return NGX_AGAIN;',
     '    return NGX_OK;'),
    ('a renewal that was kept back is never told',
     '    if (m->held <= m->since) {',
     '    if (1) {'),
    ('nodes judge instances of other nodes',
     '    if (!ngx_rtalpha_reg_cluster_mine(c, m, key)) {\n'
     '        return ngx_rtalpha_reg_cluster_owed(c, m, now, next);\n'
     '    }\n',
     ''),
    ('no grace when an owner dies',
     'from = ngx_max(from, died);',
     ';'),
    ('a dead owner has no stand-in',
     '    if (ngx_rtalpha_reg_members_find(ms, id)) {\n        return id;',
     '    if (1) {\n        return id;'),
    ('silence is never noticed',
     'return ++member->missed >= NGX_RTALPHA_REG_MISSED;',
     'return 0;'),
    ('gaps in the stream are overlooked',
     'if (seq != c->pos + 1) {',
     'if (0) {'),
    ('a new era is taken for the old one',
     'if (era == c->era && c->phase == NGX_RTALPHA_REG_ALONE\n'
     '        && c->pos <= seq)',
     'if (c->era && c->phase == NGX_RTALPHA_REG_ALONE && (c->era = era))'),
    ('nothing is told after a hello',
     '    return mine ? NGX_RTALPHA_REG_DO_PUSH : 0;',
     '    return 0;'),
    ('what was done alone is not told',
     '    if (m->seen == 0) {\n        return NGX_RTALPHA_REG_DO_LEASE;',
     '    if (m->seen == 0) {\n        return 0;'),
    ('a node that was away too long trusts what it has',
     'return c->resync > good && c->resync - good > c->retain - c->retain / 4;',
     'return 0;'),
    ('what lapsed alone is never settled',
     'return mine ? NGX_RTALPHA_REG_DO_EXPIRE : NGX_RTALPHA_REG_DO_FETCH;',
     'return 0;'),
    ('an outage of the store ends everybody\'s leases',
     '    if (!ngx_rtalpha_reg_cluster_mine(c, m, key)) {\n'
     '        return ngx_rtalpha_reg_cluster_owed',
     '    if (c->phase != NGX_RTALPHA_REG_ALONE\n'
     '        && !ngx_rtalpha_reg_cluster_mine(c, m, key)) {\n'
     '        return ngx_rtalpha_reg_cluster_owed'),
    ('every renewal is told',
     '    if (m->regs.owner == self->id && m->regs.live) {\n'
     '        return NGX_OK;\n    }\n',
     ''),
)


def compile_to(out, rules, *options):
    source = os.environ['TEST_SOURCE']
    includes = [f'{source}/core', f'{source}/event', f'{source}/os/unix',
                os.environ['TEST_OBJS'], f'{ROOT}/ngx_rtalpha_core', MODULE,
                f'{ROOT}/t/sim']
    cores = [f'{source}/core/ngx_palloc.c', f'{source}/core/ngx_array.c',
             f'{source}/os/unix/ngx_alloc.c', f'{ROOT}/t/unit/shim.c']

    subprocess.run(['cc', '-g', '-W', '-Wall', '-Wpointer-arith',
                    '-Wno-unused-parameter', '-Wno-unused-function',
                    *options,
                    *[f'-I{i}' for i in includes], '-o', out,
                    *sorted(glob.glob(f'{ROOT}/t/sim/*.c')), *rules, *cores],
                   check=True)
    return out


def counts(output):
    """The two numbers of a program's last line."""

    match = re.search(r'^(\d+) passed, (\d+) failed$', output, re.M)
    return (int(match.group(1)), int(match.group(2))) if match else (0, 1)


def simulate(program, n, first=1, quit_early=False):
    args = [program, '-n', str(n), '-f', str(first)]
    if quit_early:
        args.append('-q')
    run = subprocess.run(args, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, check=False)
    return run.returncode, run.stdout.decode('utf-8', 'replace')


def mutate(folder, number, old, new):
    """Rules with one of them broken; None: it is not (only) there."""

    texts = []

    for name in RULES:
        with open(os.path.join(MODULE, name), encoding='utf-8') as f:
            texts.append(f.read())

    if sum(text.count(old) for text in texts) != 1:
        return None

    files = []

    for name, text in zip(RULES, texts):
        path = os.path.join(folder, f'{number}-{name}')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text.replace(old, new))
        files.append(path)

    return files


def check_mutant(folder, number):
    name, old, new = MUTANTS[number]
    files = mutate(folder, number, old, new)

    if files is None:
        return f'mutant "{name}": the rule is not where it was'

    program = compile_to(os.path.join(folder, f'mutant{number}'), files, '-O2')
    status, output = simulate(program, MUTANT, 1, True)

    if status != 1:
        return f'mutant "{name}": {output.splitlines()[-1]}, nothing failed'

    return None


def run(folder, n):
    rules = [os.path.join(MODULE, name) for name in RULES]
    program = compile_to(os.path.join(folder, 'sim'), rules, '-O2', '-Werror')
    half = n // 2
    passed = failed = 0

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(simulate, program, half, 1),
                pool.submit(simulate, program, n - half, half + 1)]

        if n == SCHEDULES:
            checked = compile_to(os.path.join(folder, 'checked'), rules, '-O1',
                                 '-fsanitize=address,undefined',
                                 '-fno-sanitize-recover=undefined')
            jobs.append(pool.submit(simulate, checked, SANITIZED, n + 1))

        for job in jobs:
            _, output = job.result()
            one = counts(output)
            passed, failed = passed + one[0], failed + one[1]
            print(output, end='')

        if n == SCHEDULES:
            for problem in pool.map(lambda i: check_mutant(folder, i),
                                    range(len(MUTANTS))):
                passed, failed = ((passed, failed + 1) if problem
                                  else (passed + 1, failed))
                if problem:
                    print(problem)

    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


def main(args):
    if 'TEST_SOURCE' not in os.environ:
        print('run it with: ./build.sh test sim')
        return 2

    with tempfile.TemporaryDirectory(prefix='rtalpha-sim-') as folder:
        if args and args[0] == '-n':
            return run(folder, int(args[1]))

        if args:
            program = compile_to(os.path.join(folder, 'sim'),
                                 [os.path.join(MODULE, r) for r in RULES],
                                 '-O2')
            return subprocess.run([program, args[0]], check=False).returncode

        return run(folder, SCHEDULES)


sys.exit(main(sys.argv[1:]))
