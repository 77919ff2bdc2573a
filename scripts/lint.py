#!/usr/bin/env python3
"""Layout and the house rules, on the files that git knows.

Prints each violation with file and line; the last line counts files.
What the formatter (.clang-format) can tell is only a help for editors: it
cannot keep nginx's two spaces between type and name, nor its brace on a line
of its own after a condition of several lines.
"""

import collections
import os
import re
import subprocess
import sys

ROLES = {
    'ngx_rtalpha_config_module': 'cfg',
    'ngx_rtalpha_registry_module': 'reg',
    'ngx_rtalpha_gateway_module': 'gw',
}
CORE = 'ngx_rtalpha_core'
MODULES = (CORE,) + tuple(ROLES)

FILE_LINES = 900
FUNCTION_LINES = 80
COLUMNS = 80

NAME = re.compile(r'^([a-z_][A-Za-z0-9_]*)\(')
ONE_LINE = re.compile(r'^(static |const |inline |void |u?int|size_t|ssize_t'
                      r'|ngx_\w+ |char |struct \w+ ).*?\w+\([^;]*$')

found = collections.OrderedDict()
shape = {'lines': 0, 'functions': []}


def say(path, line, text):
    found.setdefault(path, []).append((line, text))


def files():
    out = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard'],
                         stdout=subprocess.PIPE, check=True).stdout
    return [f for f in out.decode().split('\n') if os.path.isfile(f)]


def folder(path):
    return path.split('/')[0]


def strip_comments(text):
    """The code alone: comments and strings become blanks of equal length."""

    def blank(match):
        return re.sub(r'[^\n]', ' ', match.group(0))

    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'',
                  blank, text, flags=re.S)


def check_text(path, lines):
    for n, line in enumerate(lines, 1):
        if '\t' in line and not path.endswith(('.txt', '.tsv')):
            say(path, n, 'a tab')
        if line != line.rstrip():
            say(path, n, 'spaces at the end of the line')
        if re.search(r'\b(TO' r'DO|FIX' r'ME|XX' r'X)\b(?!-)', line):
            say(path, n, 'unfinished work is marked here')


def block_start(lines, n):
    """The first line of what belongs to line n: its comment and #if above,
    also after one blank line."""

    while n > 0:
        if lines[n - 1].strip():
            n -= 1
        elif n > 1 and (lines[n - 2].rstrip().endswith('*/')
                        or lines[n - 2].startswith('#')):
            n -= 1
        else:
            break

    return n


def check_functions(path, lines, code):
    """Length, place of the return type, blank lines before a function."""

    start = None

    for n, line in enumerate(code):
        if line.startswith('{') and n > 0:
            head = n - 1
            while head > 0 and not NAME.match(code[head]):
                if not code[head].strip() or code[head].startswith('}'):
                    break
                head -= 1

            if not NAME.match(code[head]):
                if ONE_LINE.match(code[head]) and '=' not in code[head]:
                    say(path, head + 1, 'return type and name on one line')
                continue

            start = head - 1
            before = block_start(lines, start)
            if before >= 2 and (lines[before - 1].strip()
                                or lines[before - 2].strip()):
                say(path, before + 1, 'no two blank lines before a function')

        elif line.startswith('}') and start is not None:
            length = n - start + 1
            shape['functions'].append(length)
            if length > FUNCTION_LINES:
                say(path, start + 1, f'function of {length} lines, '
                                     f'{FUNCTION_LINES} allowed')
            start = None


def check_c(path, text, lines):
    code_text = strip_comments(text)
    code = code_text.split('\n')
    shape['lines'] += len(lines)

    # also the empty one after the last newline, as editors number them
    count = len(code)

    if count > FILE_LINES:
        say(path, 1, f'{count} lines, {FILE_LINES} allowed')

    for n, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            # the first line of a unit test is a list for the runner
            if not line.startswith('/* unit: '):
                say(path, n, f'{len(line)} columns, {COLUMNS} allowed')

    for n, line in enumerate(code, 1):
        if re.search(r'(^|[^:])//', line):
            say(path, n, 'a // comment')
        if re.search(r'\b(strcpy|strcat|sprintf|gets)\s*\(', line):
            say(path, n, 'an unbounded string function')

    check_functions(path, lines, code)

    if folder(path) in MODULES:
        check_module_file(path, text, code)


def check_module_file(path, text, code):
    base = os.path.basename(path)
    head = re.match(r'\s*/\*(.*?)\*/', text, re.S)

    if head is None or head.group(1).count('\n') < 2:
        say(path, 1, 'no head that says what the file is')

    for n, line in enumerate(code, 1):
        if (re.search(r'\bnginx_version\b', line)
                and base != 'ngx_rtalpha_compat.h'):
            say(path, n, 'nginx_version outside ngx_rtalpha_compat.h')
        if (re.search(r'\bngx_command_t\s+\w+\[', line)
                and not base.endswith('_module.c')):
            say(path, n, 'directives outside *_module.c')
        if re.search(r'\bassert\s*\(', line):
            say(path, n, 'assert')

    check_includes(path, text)


def check_includes(path, text):
    own = ROLES.get(folder(path))
    first = re.search(r'^#include ([<"])(\w*)', text, re.M)

    # nginx sets _GNU_SOURCE before its own system headers
    if first and first.group(1) == '<' and not first.group(2).startswith('ngx'):
        say(path, text.count('\n', 0, first.start()) + 1,
            'a system header before nginx\'s')

    for n, line in enumerate(text.split('\n'), 1):
        match = re.match(r'\s*#\s*include\s+["<](ngx_rtalpha_(\w+?)'
                         r'(?:_\w+)?\.h)[">]', line)
        if match and match.group(2) in ROLES.values() \
                and match.group(2) != own:
            say(path, n, f'{folder(path)} includes {match.group(1)}')


def check_base_names(paths):
    seen = {}

    for path in paths:
        if folder(path) in MODULES and path.endswith(('.c', '.h')):
            base = os.path.basename(path)
            if base in seen:
                say(path, 1, f'same base name as {seen[base]}')
            seen[base] = path


def directives():
    """Names in the directive tables, with their file."""

    names = {}

    for module in MODULES:
        if not os.path.isdir(module):
            continue
        for base in sorted(os.listdir(module)):
            if not base.endswith('_module.c'):
                continue
            with open(f'{module}/{base}', encoding='utf-8') as f:
                text = f.read()
            for table in re.findall(r'ngx_command_t\s+\w+\[\] = \{(.*?)\n\};',
                                    text, re.S):
                for name in re.findall(r'\{ ngx_string\("(\w+)"\)', table):
                    names[name] = f'{module}/{base}'

    return names


def check_docs():
    page = 'docs/directives.md'

    with open(page, encoding='utf-8') as f:
        documented = set(re.findall(r'^#+ `?(rtalpha_\w+)', f.read(), re.M))

    names = directives()

    for name, path in names.items():
        if name not in documented:
            say(path, 1, f'{name} is not in {page}')

    for name in sorted(documented - set(names)):
        say(page, 1, f'{name} is no directive')


def check_shell(path):
    run = subprocess.run(['bash', '-n', path], stderr=subprocess.PIPE,
                         check=False)
    if run.returncode:
        say(path, 1, run.stderr.decode().strip())


def check_python(path, text):
    try:
        compile(text, path, 'exec')
    except SyntaxError as e:
        say(path, e.lineno or 1, f'does not compile: {e.msg}')


def main():
    paths = [p for p in files()
             if not re.match(r't/(golden|fuzz/(corpus|crash)|clients/java)',
                             p)]
    count = 0

    for path in paths:
        try:
            with open(path, encoding='utf-8') as f:
                text = f.read()
        except UnicodeDecodeError:
            continue

        lines = text.split('\n')
        if lines[-1] == '':
            lines.pop()
        elif lines:
            say(path, len(lines), 'no newline at the end')

        if path.endswith(('.c', '.h')):
            check_text(path, lines)
            check_c(path, text, lines)
        elif path.endswith('.sh') or path in ('.ci/run',):
            check_text(path, lines)
            check_shell(path)
        elif path.endswith('.py'):
            check_text(path, lines)
            check_python(path, text)
        elif path.endswith(('.pm', '.pl')):
            check_text(path, lines)
        else:
            continue

        count += 1

    check_base_names(paths)
    check_docs()

    for path, items in found.items():
        for line, text in items:
            print(f'{path}:{line}: {text}')

    lengths = sorted(shape['functions']) or [0]
    print(f'C: {shape["lines"]} lines, {len(lengths)} functions, '
          f'median {lengths[len(lengths) // 2]}, longest {lengths[-1]}')
    print(f'{max(count - len(found), 0)} passed, {len(found)} failed')
    return 1 if found or not count else 0


sys.exit(main())
