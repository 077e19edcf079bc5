#!/usr/bin/python3
"""manage.py MODULE OPTION... -- COMMAND... [-- COMMAND...] - runs commands of a management tool, each with the same options.

Importing nova-manage or keystone-manage takes seconds, longer than most of what they do: it is imported once, and each command
is a child of that process. Ends with the status of the first command that fails.
"""
import importlib
import os
import sys
import traceback

module, *rest = sys.argv[1:]
groups = [[]]
for word in rest:
    if word == '--':
        groups.append([])
    else:
        groups[-1].append(word)
options, *commands = groups
main = importlib.import_module(module).main
for command in commands:
    child = os.fork()
    if child == 0:
        sys.argv = [module, *options, *command]
        status = 1
        try:
            status = int(main() or 0)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception:
            traceback.print_exc()
        finally:  # at once: an interpreter that was forked does not take itself apart without complaints
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 0:
        sys.exit('%s: status %d' % (' '.join(command), status))
