#!/usr/bin/env python3
"""A stand-in for a Eureka peer: takes what a server replicates and keeps it, byte for byte.

usage: peer_stub.py serve  --port N                          print every request received, answer as a healthy peer
       peer_stub.py record --base URL --port N --out DIR     drive URL with client operations, write what it sent
       peer_stub.py check  --base URL --port N [DIR]         the same, compared with the recorded files
       peer_stub.py accept --base URL [DIR]                  send the recorded peer requests to URL, check the answers
       peer_stub.py startup --port N --out DIR [--seconds S] record what arrives in S seconds (a peer's start and stop)

URL is the server under test, without /eureka; it must have http://127.0.0.1:N/eureka/ (or localhost) as its only peer.
"""
import argparse
import http.server
import json
import os
import sys
import threading
import time

import replay

# seconds without a request after which an operation's replication is taken as complete (the stock server needs 2)
QUIET = float(os.environ.get("PEER_QUIET", "2"))
EMPTY = b'{"applications":{"versions__delta":"1","apps__hashcode":"","application":[]}}'
DC = "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo"
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
REPLICATED = {"x-netflix-discovery-replication": "true"}


class Stub:
    """received: list of {method, path, headers, body}; answer: item of a batch -> {"statusCode": N, ...}."""

    def __init__(self, port, echo=False):
        stub = self
        self.received, self.last, self.echo = [], time.monotonic(), echo
        self.answer = lambda item: {"statusCode": 200}
        self.http_status = []  # statuses for the next batch requests, before answering 200 again

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                    body = b""
                    while size := int(self.rfile.readline().split(b";")[0], 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                stub.take({"method": self.command, "path": self.path, "headers": dict(self.headers.items()),
                           "body": body.decode("utf-8", "replace")})
                status, out = 200, b""
                if self.path.rstrip("/").endswith("peerreplication/batch"):
                    if stub.http_status:
                        status = stub.http_status.pop(0)
                    else:
                        items = json.loads(body)["replicationList"]
                        out = json.dumps({"responseList": [stub.answer(i) for i in items]}).encode()
                elif self.command == "GET":
                    out = EMPTY
                elif self.command == "POST":
                    status = 204
                self.send_response(status)
                if status != 204:
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, request):
        self.received.append(request)
        self.last = time.monotonic()
        if self.echo:
            print(json.dumps(request, ensure_ascii=False), flush=True)

    def settle(self, patient=False, least=0):
        """Waits until nothing has come for QUIET seconds; returns and forgets what came.

        least: so many operations are known to come, however busy the machine is; 15 s at most."""
        end = time.monotonic() + 15
        while len(items(list(self.received))) < least and time.monotonic() < end:
            time.sleep(0.02)
        self.last = time.monotonic()
        quiet = max(QUIET, 1.6) if patient else QUIET
        while time.monotonic() - self.last < quiet:
            time.sleep(0.02)
        got, self.received = self.received, []
        return got


def info(app, ident, n=1, **more):
    out = {"instanceId": ident, "hostName": f"p{n}.example", "app": app, "ipAddr": f"10.1.0.{n}", "status": "UP",
           "overriddenStatus": "UNKNOWN", "port": {"$": 8080, "@enabled": "true"}, "securePort": {"$": 443, "@enabled": "false"},
           "countryId": 1, "dataCenterInfo": {"@class": DC, "name": "MyOwn"},
           "leaseInfo": {"renewalIntervalInSecs": 30, "durationInSecs": 90}, "metadata": {"zone": "z1", "weird key": "<é>"},
           "appGroupName": "PEERS", "homePageUrl": f"http://p{n}.example:8080/", "statusPageUrl": f"http://p{n}.example:8080/info",
           "healthCheckUrl": f"http://p{n}.example:8080/health", "vipAddress": "peers", "secureVipAddress": "peers",
           "lastDirtyTimestamp": "1700000000001"}
    out.update(more)
    return out


def operations():
    """(name, description, setting-up requests, requests, batch answer, HTTP statuses first answered, read back)."""
    app, one = "PEER-{{R}}", "p1:{{r}}"
    path = f"/eureka/apps/{app}/{one}"
    dirty = 1700000000001

    def register(ident=one, n=1, headers=JSON, **more):
        return {"method": "POST", "path": f"/eureka/apps/{app}", "headers": headers,
                "body": json.dumps({"instance": info(app, ident, n, **more)}, ensure_ascii=False)}

    def call(method, tail="", headers=JSON, where=path):
        return {"method": method, "path": where + tail, "headers": headers}

    def batch(*items):
        return {"method": "POST", "path": "/eureka/peerreplication/batch/", "headers": JSON,
                "body": json.dumps({"replicationList": list(items)})}
    ok = lambda item: {"statusCode": 200}
    missing = lambda item: {"statusCode": 404 if item["action"] == "Heartbeat" else 200}

    def newer(item):
        if item["action"] != "Heartbeat":
            return {"statusCode": 200}
        mine = info(item["appName"], item["id"], 1, lastDirtyTimestamp=str(dirty + 500), metadata={"from": "peer"}, overriddenStatus="OUT_OF_SERVICE",
                    status="OUT_OF_SERVICE")
        return {"statusCode": 409, "responseEntity": mine}
    amazon = {"@class": "com.netflix.appinfo.AmazonInfo", "name": "Amazon",
              "metadata": {"instance-id": "i-{{r}}", "local-ipv4": "10.1.0.1", "availability-zone": "us-east-1c"}}
    there = [register()]
    rows = [
        ("register", "a client registers", [], there),
        ("register-minimal", "a client registers with the least it can", [],
         [{**register(), "body": json.dumps({"instance": {"instanceId": one, "hostName": "h", "app": app, "ipAddr": "1.2.3.4", "dataCenterInfo": {"@class": DC, "name": "MyOwn"}}})}]),
        ("register-amazon", "an Amazon instance without an instanceId registers", [],
         [{**register(), "body": json.dumps({"instance": {k: v for k, v in info(app, one, dataCenterInfo=amazon).items() if k != "instanceId"}})}]),
        ("register-invalid", "a registration that is refused", [], [register(ipAddr=None)]),
        ("register-newer", "registers again, newer", there, [register(lastDirtyTimestamp=str(dirty + 9), metadata={})]),
        ("register-older", "registers again, older", there, [register(lastDirtyTimestamp=str(dirty - 9), metadata={})]),
        ("register-down", "registers again as DOWN", there, [register(status="DOWN", lastDirtyTimestamp=str(dirty + 9))]),
        ("register-short-lease", "registers with its own lease times", [], [register(leaseInfo={"renewalIntervalInSecs": 5, "durationInSecs": 15})]),
        ("heartbeat", "renews as the Java client does", there, [call("PUT", f"?status=UP&lastDirtyTimestamp={dirty}")]),
        ("heartbeat-bare", "renews without parameters", there, [call("PUT")]),
        ("heartbeat-newer", "renews with a newer dirty time (answered 404)", there, [call("PUT", f"?status=UP&lastDirtyTimestamp={dirty + 9}")]),
        ("heartbeat-older", "renews with an older dirty time", there, [call("PUT", f"?status=UP&lastDirtyTimestamp={dirty - 9}")]),
        ("heartbeat-other-status", "renews with another status", there, [call("PUT", f"?status=DOWN&lastDirtyTimestamp={dirty}")]),
        ("heartbeat-unknown", "renews an unknown instance", [], [call("PUT", f"?status=UP&lastDirtyTimestamp={dirty}")]),
        ("heartbeat-overridden", "renews while overridden", there + [call("PUT", "/status?value=OUT_OF_SERVICE")], [call("PUT", f"?status=UP&lastDirtyTimestamp={dirty}")]),
        ("heartbeat-twice", "two renewals within the batching time", there, [call("PUT", f"?status=UP&lastDirtyTimestamp={dirty}")] * 2),
        ("status-out-of-service", "status override", there, [call("PUT", "/status?value=OUT_OF_SERVICE")]),
        ("status-up", "status override to the status it has", there, [call("PUT", "/status?value=UP")]),
        ("status-dirty", "status override with a newer dirty time", there, [call("PUT", f"/status?value=DOWN&lastDirtyTimestamp={dirty + 9}")]),
        ("status-unknown-instance", "status override of an unknown instance", [], [call("PUT", "/status?value=DOWN")]),
        ("status-bad", "a status override that is refused", there, [call("PUT", "/status?value=junk")]),
        ("override-delete", "override removed, with a value", there + [call("PUT", "/status?value=OUT_OF_SERVICE")], [call("DELETE", "/status?value=UP")]),
        ("override-delete-bare", "override removed, without a value", there + [call("PUT", "/status?value=OUT_OF_SERVICE")], [call("DELETE", "/status")]),
        ("override-delete-none", "override removed where none is", there, [call("DELETE", "/status?value=DOWN")]),
        ("metadata", "metadata changed", there, [call("PUT", "/metadata?colour=blue&x=%C3%A9")]),
        ("cancel", "a client deregisters", there, [call("DELETE")]),
        ("cancel-unknown", "an unknown instance deregisters", [], [call("DELETE")]),
        ("mixed", "several operations within the batching time", [],
         [register(), register("p2:{{r}}", 2), call("PUT", f"?status=UP&lastDirtyTimestamp={dirty}"), call("PUT", "/status?value=DOWN"), call("DELETE", where=f"/eureka/apps/{app}/p2:{{{{r}}}}")]),
        ("register-cancel", "registers and deregisters at once", [], [register(), call("DELETE")]),
        ("replicated-not-forwarded", "operations that are replications themselves", [],
         [register(headers={**JSON, **REPLICATED}), call("PUT", f"?status=UP&lastDirtyTimestamp={dirty}", {**JSON, **REPLICATED}),
          call("PUT", "/status?value=DOWN", {**JSON, **REPLICATED}), call("DELETE", "/status?value=UP", {**JSON, **REPLICATED}), call("DELETE", "", {**JSON, **REPLICATED})]),
        ("metadata-replicated", "metadata changed by a replication", there, [call("PUT", "/metadata?colour=blue", {**JSON, **REPLICATED})]),
        ("batch-not-forwarded", "a batch from another peer", [],
         [batch({"appName": app, "id": one, "lastDirtyTimestamp": dirty, "status": "UP", "instanceInfo": info(app, one), "action": "Register"},
                {"appName": app, "id": one, "lastDirtyTimestamp": dirty, "status": "UP", "action": "Heartbeat"}, {"appName": app, "id": one, "action": "Cancel"})]),
        ("asg", "an ASG status change", [], [call("PUT", "?value=DISABLED", where="/eureka/asg/a-{{r}}/status")]),
    ]
    for name, text, before, requests in rows:
        yield name, text, before, requests, ok, [], None
    yield "peer-404", "the peer does not know a renewed instance: it gets a registration", there, [call("PUT", f"?status=UP&lastDirtyTimestamp={dirty}")], missing, [], None
    yield "peer-409", "the peer has a newer instance: it is taken over", there, [call("PUT", f"?status=UP&lastDirtyTimestamp={dirty}")], newer, [], path
    yield "peer-503", "the peer is busy: sent again", there, [call("PUT", f"?status=UP&lastDirtyTimestamp={dirty}")], ok, [503], None
    yield "peer-500", "the peer fails: dropped", there, [call("PUT", f"?status=UP&lastDirtyTimestamp={dirty}")], ok, [500], None
    yield "peer-cancel-404", "the peer does not know a cancelled instance: nothing more", there, [call("DELETE")], lambda item: {"statusCode": 404}, [], None


def perform(stub, base, operation, least=0):
    """Runs one operation; returns the file's content.  least: operations that the peer is known to get of it."""
    name, text, before, requests, answer, statuses, back = operation
    replay.clean(base)
    run = replay.Run(base)

    def send(request):
        got = replay.send(base, request["method"], run.expand(request["path"]), request["headers"], run.expand(request["body"]).encode() if "body" in request else None)
        return got.status
    stub.settle()
    for request in before:
        send(request)
    stub.settle(least=len(before))  # each is one operation
    stub.answer, stub.http_status = answer, list(statuses)
    out = {"name": name, "description": text, "recorded_at": int(time.time() * 1000), "before": before, "client": []}
    for request in requests:
        out["client"].append({**request, "status": send(request)})
    out["received"] = [{k: (run.normal(v) if isinstance(v, str) else v) for k, v in r.items()} for r in stub.settle(bool(statuses), least)]
    if statuses:
        out["peer_statuses"] = statuses
    stub.answer, stub.http_status = (lambda item: {"statusCode": 200}), []
    if back:
        out["after"] = {"path": back, "body": run.normal(replay.send(base, "GET", run.expand(back), {"Accept": "application/json"}, None).body)}
    return out


def items(received):
    """The replicated operations in all requests, in order; other requests as {"method", "path"}."""
    found = []
    for request in received:
        if request["path"].rstrip("/").endswith("peerreplication/batch"):
            found += json.loads(request["body"])["replicationList"]
        else:
            found.append({"method": request["method"], "path": request["path"]})
    return found


def comparable(received, recorded_at, several):
    """Operations with what may differ left out: lease times, repeated heartbeats, and where one file does several
    operations on an instance, its content (the stock server sends it as it is when the batch leaves)."""
    found = []
    for item in replay.mask_json(items(received), recorded_at):
        lease = (item.get("instanceInfo") or {}).get("leaseInfo", {})
        for key in replay.TIMESTAMPS & set(lease):
            if isinstance(lease[key], int) or lease[key] == "<moment:number>":
                lease[key] = "<moment or 0>"
        if several:
            item = {k: (v if k in ("appName", "id", "action", "method", "path") else "<present>") for k, v in item.items()}
        if not (found and item == found[-1] and item.get("action") == "Heartbeat"):
            found.append(item)
    return found


def compare(recorded, actual):
    out = []
    for want, got in zip(recorded["client"], actual["client"]):
        if want["status"] != got["status"] and not (want["status"] == 500 and got["status"] == 400):
            out.append(f"{got['method']} {got['path']}: recorded {want['status']}, got {got['status']}")
    several = len(recorded["client"]) > 1
    now = int(time.time() * 1000)
    rec = comparable(recorded["received"], recorded["recorded_at"], several)
    act = comparable(actual["received"], now, several)
    if [i.get("action") for i in rec] != [i.get("action") for i in act]:
        out.append(f"recorded {[(i.get('action'), i.get('id')) for i in rec]}, got {[(i.get('action'), i.get('id')) for i in act]}")
    else:
        replay.diff_json(rec, act, "$", False, out)
    for request in actual["received"]:
        headers = {k.lower(): v for k, v in request["headers"].items()}
        for name, value in (("content-type", "application/json"), ("accept", "application/json"), ("discoveryidentity-name", "DefaultServer")):
            if not headers.get(name, "").lower().startswith(value.lower()):
                out.append(f"header {name}: want {value}, got {headers.get(name)}")
    if "after" in recorded:
        replay.diff_json(replay.mask_json(json.loads(recorded["after"]["body"]), recorded["recorded_at"]),
                         replay.mask_json(json.loads(actual["after"]["body"]), now), "after", False, out)
    return out


def accept(base, folder):
    passed = failed = 0
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as handle:
            recorded = json.load(handle)
        run = replay.Run(base)
        for request in recorded["received"]:
            if request["method"] != "POST" or not request["path"].rstrip("/").endswith("batch"):
                continue
            headers = {k: v for k, v in request["headers"].items() if k.lower() not in ("host", "content-length", "connection", "transfer-encoding")}
            body = run.expand(request["body"])
            got = replay.send(base, "POST", request["path"], headers, body.encode())
            try:
                count = len(json.loads(got.body)["responseList"])
            except (ValueError, KeyError, TypeError):
                count = None
            if got.status == 200 and count == len(json.loads(body)["replicationList"]):
                passed += 1
            else:
                failed += 1
                print(f"FAIL {recorded['name']}: {got.status} {got.body[:200]!r}")
    return passed, failed


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("mode", choices=["serve", "record", "check", "accept", "startup"])
    parser.add_argument("--base")
    parser.add_argument("--port", type=int)
    parser.add_argument("--out", default=os.path.join(here, "peer"))
    parser.add_argument("--only")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("folder", nargs="?", default=os.path.join(here, "peer"))
    args = parser.parse_args()
    if args.mode == "accept":
        passed, failed = accept(args.base.rstrip("/"), args.folder)
        print(f"{passed} passed, {failed} failed")
        sys.exit(1 if failed or not passed else 0)
    stub = Stub(args.port, echo=args.mode == "serve")
    if args.mode in ("serve", "startup"):
        try:
            threading.Event().wait(args.seconds if args.mode == "startup" else None)
        except KeyboardInterrupt:
            pass
        if args.mode == "startup":
            out = {"name": "startup", "description": "what a stock server that registers itself sends its peer from start to stop",
                   "recorded_at": int(time.time() * 1000), "before": [], "client": [], "received": stub.received}
            with open(os.path.join(args.out, "startup.json"), "w", encoding="utf-8") as handle:
                json.dump(out, handle, ensure_ascii=False, indent=1)
        return
    passed = failed = 0
    for operation in operations():
        if args.only and args.only not in operation[0]:
            continue
        target = os.path.join(args.out if args.mode == "record" else args.folder, operation[0] + ".json")
        least = 0
        if args.mode == "check":
            with open(target, encoding="utf-8") as handle:
                least = len(items(json.load(handle)["received"]))
        got = perform(stub, args.base.rstrip("/"), operation, least)
        if args.mode == "record":
            with open(target, "w", encoding="utf-8") as handle:
                json.dump(got, handle, ensure_ascii=False, indent=1)
                handle.write("\n")
            print(operation[0], [i.get("action", i.get("path")) for i in items(got["received"])])
            continue
        with open(target, encoding="utf-8") as handle:
            problems = compare(json.load(handle), got)
        passed, failed = passed + (not problems), failed + bool(problems)
        if problems:
            print(f"FAIL {operation[0]}: {operation[1]}")
            for line in problems[:12]:
                print(f"     {line}")
    if args.mode == "check":
        print(f"{passed} passed, {failed} failed")
        sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
