#!/usr/bin/env python3
"""Replays the recorded answers of a Spring Cloud Config Server, set-up by set-up.

usage: run.py NGINX [--module FILE] [--work DIR] [--port N] [--only SETUP]... [--verbose] [--keep]

For each set-up a corpus of its own is written, nginx is started with the set-up's own file as
its settings (and those that switch to the Java server's ways from a second file), the recorded
requests are sent, and nginx is ended.  Answers that ours differ from on purpose are listed in
deviations.txt with the reason; one that is listed and passes all the same is a failure, too.

open-SETUP.jsonl.xz are the answers that were recorded first.  more-SETUP.jsonl.xz were added
after generated requests had been sent to the stock server and to ours: a part of those requests,
among them each kind that ours had got wrong.  They were recorded from Config Server 4.3.1 (Boot
3.5.7, Java 17) on the same corpus and settings, "also" holds what 4.3.4 (its classes in front of
the jars of 4.3.1) and 5.0.2 answer otherwise.  The set-up "files" has a corpus of its own,
files.json.xz: files with what the stock server and ours had read or written differently, and
generated ones.
Prints "N passed, N failed" at the end and exits 1 on any failure.
"""
import argparse, base64, json, lzma, os, shutil, signal, socket, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import make_corpus  # noqa: E402

SETS = {
    "git-searchpaths": "paths", "git-searchpath-profile": "paths", "git-searchpath-wildcard": "paths", "reverse": "paths",
    "labels": "labels", "labels-remote": "labels", "twins": "twins", "twins-strict": "twins", "profiles": "profiles",
    "yamls": "yamls", "native": "native", "native-locations": "native", "composite": "composite", "composite-lenient": "composite",
    "repo-patterns": "repos", "repo-placeholder": "repos", "accept-empty": "noapp", "encrypt": "cipher", "encrypt-rsa": "cipher",
    "encrypt-none": "cipher", "encrypt-client": "cipher", "encrypt-plaintext": "cipher"}

CONF = """
%(load)s
daemon off;
worker_processes 2;
error_log %(dir)s/error.log info;
pid %(dir)s/nginx.pid;
env CORPUS_DIR; env GIT_REMOTE; env KEYSTORE_DIR;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path %(dir)s/t1; proxy_temp_path %(dir)s/t2; fastcgi_temp_path %(dir)s/t3;
    uwsgi_temp_path %(dir)s/t4; scgi_temp_path %(dir)s/t5;
    rtalpha_zone 32m;
    rtalpha_state %(dir)s/state;
    merge_slashes off;
    large_client_header_buffers 4 8k;
    server {
        listen 127.0.0.1:%(port)d;
        location / { rtalpha_config_server settings=file:%(dir)s/compat.yml settings=file:%(setup)s; }
    }
}
"""

COMPAT = """rtalpha.config.compat.java-errors: true
rtalpha.config.limits.wait: 20s
"""


def free_port(start):
    for port in range(start, start + 400):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    sys.exit("no free port from %d on" % start)


def wait_port(port, proc, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        if proc.poll() is not None:
            return False
        with socket.socket() as s:
            s.settimeout(0.2)
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.02)
    return False


def deviations():
    out = {}
    with open(os.path.join(HERE, "deviations.txt"), encoding="utf-8") as f:
        for line in f:
            line = line.split("#")[0].split()
            if line:
                out[line[0]] = " ".join(line[1:])
    return out


def end(proc):
    if proc is None or proc.poll() is not None:
        return
    proc.send_signal(signal.SIGTERM)
    try:
        proc.wait(10)
    except subprocess.TimeoutExpired:
        proc.kill()
        proc.wait()


def remote(folder, corpus, start):
    """A git daemon over a bare copy of the corpus: (process, uri)."""
    base = os.path.join(folder, "remotes")
    subprocess.run(["git", "clone", "-q", "--mirror", corpus, os.path.join(base, "corpus.git")], check=True)
    port = free_port(start + 200)
    # the daemon itself, not git's wrapper, so that ending it leaves no child behind
    proc = subprocess.Popen([os.path.join(subprocess.check_output(["git", "--exec-path"], text=True).strip(), "git-daemon"),
                             "--base-path=" + base, "--export-all", "--listen=127.0.0.1", "--port=%d" % port, base],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_port(port, proc)
    return proc, "git://127.0.0.1:%d/corpus.git" % port


def answers(folder, setup):
    name = os.path.join(folder, setup + ".jsonl")
    with open(name, "wb") as out:
        for kind in "open", "more":
            path = os.path.join(HERE, "%s-%s.jsonl.xz" % (kind, setup))
            if os.path.exists(path):
                with lzma.open(path) as f:
                    shutil.copyfileobj(f, out)
    return name


def make_files(corpus):
    """The corpus of files.json.xz: text, or bytes in base64."""
    with lzma.open(os.path.join(HERE, "files.json.xz")) as f:
        files = json.load(f)
    make_corpus.repo(corpus, [("files", "f", {
        name: body.encode() if isinstance(body, str) else base64.b64decode(body["b64"]) for name, body in files.items()})])


def replay(args, setup, work):
    folder = os.path.join(work, setup)
    os.makedirs(folder)
    os.chmod(folder, 0o755)
    corpus = os.path.join(folder, "corpus")
    if setup == "files":
        make_files(corpus)
    else:
        subprocess.run([sys.executable, os.path.join(HERE, "make_corpus.py"), corpus, "--set", SETS.get(setup, "open")],
                       check=True, stdout=subprocess.DEVNULL)
    # the project may lie where nginx's workers cannot read
    shutil.copy(os.path.join(HERE, "oracle.p12"), folder)
    env = dict(os.environ, CORPUS_DIR=corpus, KEYSTORE_DIR=folder)
    env.pop("GIT_REMOTE", None)
    daemon, more = None, []
    if setup.endswith("-remote"):
        daemon, env["GIT_REMOTE"] = remote(folder, corpus, args.port)
        more = ["--remote", env["GIT_REMOTE"]]
    port = free_port(args.port)
    with open(os.path.join(folder, "compat.yml"), "w") as f:
        f.write(COMPAT + ("rtalpha.config.monitor.unauthenticated: true\n" if setup == "monitor" else ""))
    conf = os.path.join(folder, "nginx.conf")
    with open(conf, "w") as f:
        f.write(CONF % {"dir": folder, "port": port, "setup": os.path.join(HERE, "setups", setup + ".yml"),
                        "load": "load_module %s;" % os.path.abspath(args.module) if args.module else ""})
    proc = subprocess.Popen([args.nginx, "-p", folder, "-c", conf, "-e", os.path.join(folder, "error.log")], env=env,
                            stdout=subprocess.DEVNULL, stderr=open(os.path.join(folder, "stderr.log"), "wb"))
    try:
        if not wait_port(port, proc):
            return None, open(os.path.join(folder, "stderr.log")).read() + open(os.path.join(folder, "error.log")).read()
        run = subprocess.run([sys.executable, os.path.join(HERE, "check.py"), "http://127.0.0.1:%d" % port, setup, answers(folder, setup),
                              "--corpus", corpus, "--quiet", "--map", "/config-repo={WORK}"] + more, stdout=subprocess.PIPE, text=True)
        return run.stdout, None
    finally:
        end(proc)
        end(daemon)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("nginx")
    p.add_argument("--module")
    p.add_argument("--work")
    p.add_argument("--port", type=int, default=21000)
    p.add_argument("--only", action="append")
    p.add_argument("--verbose", action="store_true")
    p.add_argument("--keep", action="store_true")
    args = p.parse_args()
    setups = sorted(f[:-4] for f in os.listdir(os.path.join(HERE, "setups")) if f.endswith(".yml"))
    known = deviations()
    work = args.work or tempfile.mkdtemp(prefix="rtalpha-golden-")
    os.makedirs(work, exist_ok=True)
    os.chmod(work, 0o755)
    passed = failed = 0
    for setup in setups:
        if args.only and setup not in args.only:
            continue
        shutil.rmtree(os.path.join(work, setup), ignore_errors=True)
        out, why = replay(args, setup, work)
        if out is None:
            print("%-26s nginx did not start: %s" % (setup, why))
            failed += 1
            continue
        bad = [line.split()[1] for line in out.splitlines() if line.startswith("FAIL ")]
        total = out.splitlines()[-1].split()
        good = int(total[0])
        wanted = [i for i in known if i.rsplit("-", 1)[0] == setup]
        wrong = [i for i in bad if i not in known] + [i for i in wanted if i not in bad]
        with open(os.path.join(work, setup, "error.log"), encoding="utf-8", errors="replace") as f:
            crashed = [line for line in f if "[alert]" in line or "[crit]" in line or "[emerg]" in line]
        print("%-26s %5d passed, %5d failed, %3d as our own rule says%s" % (setup, good, len(wrong), len(wanted), ", ALERTS" if crashed else ""), flush=True)
        if args.verbose:
            print(out)
        for line in crashed[:5]:
            print("    " + line.rstrip())
        passed += good + len(wanted) - len([i for i in wanted if i not in bad])
        failed += len(wrong) + len(crashed)
    if not args.keep and not args.work:
        shutil.rmtree(work, ignore_errors=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
