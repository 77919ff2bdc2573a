"""Replays scenario steps over HTTP and compares answers;.

A scenario is a JSON object:
  name, setup (the settings it needs), description, server, recorded_at (ms epoch), steps
A step is a JSON object:
  id, method, path          path is sent as it stands, after the templates below
  headers                   name -> value; nothing is sent beyond Host, Content-Length and these
  body                      string, UTF-8; absent = none
  body_encoding             "gzip": the body is compressed before it is sent
  sleep_ms                  pause before the request
  poll                      {until_status, every_ms, timeout_ms, min_ms, max_ms}: repeat until that status;
                            the time from the scenario's "mark" step to that answer must be within min..max
  mark                      true: polls count from the end of this step
  capture                   name -> path into the JSON answer ("instance.lastDirtyTimestamp")
  compare                   "auto" (default), "status" (status and media type only), "options", "shape"
  loose                     what to compare instead unless --exact (the stock server's answer is stale)
  unordered                 true: the order of a delta's records is left open (random at the stock server)
  alternatives              [{"status": N}, ...]: other answers a replacement may give, see README.md
  note                      why the step is there
  status, response_headers, response_body, elapsed_ms   as recorded; a body of null was left out
Templates in path, headers and body: {{R}} and {{r}} (a token of six letters, fresh for every run, upper and
lower case), {{now}} (ms epoch), {{fill:N}} (N letters), {{NAME}}, {{NAME+N}}, {{NAME-N}} (captured values).
"""
import gzip
import http.client
import json
import random
import re
import time
import urllib.parse
import xml.etree.ElementTree as ET

KEPT_HEADERS = ("Content-Type", "Content-Encoding", "Allow", "Vary", "Content-Length", "Location")
TIMESTAMPS = {"registrationTimestamp", "lastRenewalTimestamp", "evictionTimestamp", "serviceUpTimestamp",
              "lastUpdatedTimestamp", "lastDirtyTimestamp"}
BOOT_ERROR = {"timestamp", "status", "error", "path"}
HOUR = 3600 * 1000


class Answer:
    """One HTTP answer: status, headers (kept ones), body (text, content-decoded), problems (list of text)."""

    def __init__(self, status, headers, raw, method):
        self.status = status
        self.headers = headers
        self.problems = []
        self.wire_length = len(raw)
        if headers.get("Content-Encoding", "").lower() == "gzip" and raw:
            try:
                raw = gzip.decompress(raw)
            except (OSError, EOFError) as error:
                self.problems.append(f"Content-Encoding gzip, but the body is not gzip: {error}")
        length = headers.get("Content-Length")
        if method != "HEAD" and length is not None and status != 204 and int(length) != self.wire_length:
            self.problems.append(f"Content-Length {length}, body of {self.wire_length} bytes")
        self.body = raw.decode("utf-8", "replace")


def send(base, method, path, headers, body, timeout=15):
    """Sends one request on a fresh connection; body is bytes or None."""
    url = urllib.parse.urlsplit(base)
    connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=timeout)
    try:
        connection.putrequest(method, url.path.rstrip("/") + path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None or method in ("POST", "PUT"):
            connection.putheader("Content-Length", str(len(body or b"")))
        connection.endheaders(body)
        response = connection.getresponse()
        raw = response.read()
        kept = {}
        for name in KEPT_HEADERS:
            values = response.headers.get_all(name)
            if values:
                kept[name] = ", ".join(values)
        return Answer(response.status, kept, raw, method)
    finally:
        connection.close()


def new_token():
    return "".join(random.choices("qzkvwjx", k=6))


class Run:
    """State of one replay of one scenario: the run's token and captured values."""

    def __init__(self, base, token=None):
        self.base = base
        self.token = token or new_token()
        self.values = {}
        self.marked = time.monotonic()

    def expand(self, text):
        def value(match):
            name, sign, number = match.group(1), match.group(2), match.group(3)
            if name == "R":
                return self.token.upper()
            if name == "r":
                return self.token
            if name == "now":
                found = int(time.time() * 1000)
            elif name.startswith("fill:"):
                return "x" * int(name[5:])
            else:
                found = self.values[name]
            if sign:
                found = int(found) + int(sign + number)
            return str(found)

        return re.sub(r"\{\{([A-Za-z]\w*(?::\d+)?)(?:([+-])(\d+))?\}\}", value, text)

    def normal(self, text):
        """Puts the templates back, so that two runs' texts are alike."""
        return (text.replace(self.token.upper(), "{{R}}").replace(self.token, "{{r}}")
                .replace(self.base, "{{base}}"))

    def perform(self, step):
        """Runs one step; returns the answer, its body normalised, with .elapsed_ms for a poll."""
        time.sleep(step.get("sleep_ms", 0) / 1000)
        poll = step.get("poll")
        deadline = time.monotonic() + (poll["timeout_ms"] / 1000 if poll else 0)
        while True:
            body = step.get("body")
            if body is not None:
                body = self.expand(body).encode()
                if step.get("body_encoding") == "gzip":
                    body = gzip.compress(body)
            headers = {k: self.expand(v) for k, v in step.get("headers", {}).items()}
            answer = send(self.base, step["method"], self.expand(step["path"]), headers, body)
            if not poll or answer.status == poll["until_status"] or time.monotonic() > deadline:
                break
            time.sleep(poll["every_ms"] / 1000)
        answer.elapsed_ms = round((time.monotonic() - self.marked) * 1000)
        if step.get("mark"):
            self.marked = time.monotonic()
        for name, path in step.get("capture", {}).items():
            found = json.loads(answer.body)
            for key in path.split("."):
                found = found[int(key)] if isinstance(found, list) else found[key]
            self.values[name] = found
        answer.body = self.normal(answer.body)
        return answer


def instances(base):
    """All (app, id) pairs of a server's registry, read as JSON."""
    answer = send(base, "GET", "/eureka/apps", {"Accept": "application/json"}, None)
    found = []
    for app in json.loads(answer.body)["applications"]["application"]:
        for one in app["instance"]:
            dc = one.get("dataCenterInfo", {}).get("metadata") or {}
            found.append((app["name"], one.get("instanceId") or dc.get("instance-id") or one["hostName"]))
    return found


def clean(base):
    """Deregisters every instance, so that status counts start from nothing."""
    for _ in range(3):
        left = instances(base)
        if not left:
            return
        for app, one in left:
            quote = urllib.parse.quote
            try:
                send(base, "DELETE", f"/eureka/apps/{quote(app, safe='')}/{quote(one, safe='')}", {}, None)
            except http.client.InvalidURL:
                pass
        left = instances(base)
        if left:  # ids that no path can carry
            batch = {"replicationList": [{"appName": a, "id": i, "action": "Cancel"} for a, i in left]}
            send(base, "POST", "/eureka/peerreplication/batch/",
                 {"Content-Type": "application/json", "Accept": "application/json"}, json.dumps(batch).encode())
    left = instances(base)
    if left:
        raise RuntimeError(f"could not deregister {left[:5]}")


# ---- normal forms --------------------------------------------------------------------------------------

def is_moment(name, text, now):
    if not re.fullmatch(r"\d{13}", text):
        return False
    late = 400 * 24 * HOUR if name == "lastRenewalTimestamp" else HOUR
    return now - HOUR <= int(text) <= now + late


def mask_json(node, now, name=None):
    """A copy with moments masked (their JSON type kept) and foreign applications left out."""
    if isinstance(node, dict):
        return {k: mask_json(v, now, k) for k, v in node.items()}
    if isinstance(node, list):
        if name == "application":
            node = [a for a in node if not isinstance(a, dict) or "{{R}}" in str(a.get("name"))]
        return [mask_json(v, now, None) for v in node]
    if name in TIMESTAMPS and not isinstance(node, bool) and isinstance(node, (int, str)):
        if is_moment(name, str(node), now):
            return "<moment:number>" if isinstance(node, int) else "<moment:string>"
    return node


def identity(tag, node):
    """The key of a list member: what makes an application or an instance the same one."""
    if not isinstance(node, dict):
        return None
    if tag == "application":
        return node.get("name")
    if tag == "instance":
        dc = node.get("dataCenterInfo")
        meta = dc.get("metadata") if isinstance(dc, dict) else None
        return node.get("instanceId") or (meta or {}).get("instance-id") or node.get("hostName")
    return None


def kind(value):
    names = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object",
             type(None): "null"}
    return names[type(value)]


def show(value):
    text = json.dumps(value, ensure_ascii=False)
    return f"{text if len(text) < 160 else text[:157] + '...'} ({kind(value)})"


def order_allowed(recorded, actual, deleted):
    """Delta order: as recorded, or the same with the DELETED records moved to the end."""
    moved = [k for k in recorded if k not in deleted] + [k for k in recorded if k in deleted]
    return actual in (recorded, moved)


def diff_json(rec, act, path, ordered, out):
    if type(rec) is not type(act):
        out.append(f"{path}: recorded {show(rec)}, got {show(act)}")
        return
    if isinstance(rec, dict):
        for key in rec:
            if key not in act:
                out.append(f"{path}.{key}: missing, recorded {show(rec[key])}")
            else:
                diff_json(rec[key], act[key], f"{path}.{key}", ordered, out)
        for key in act:
            if key not in rec:
                out.append(f"{path}.{key}: not in the record, got {show(act[key])}")
        return
    if isinstance(rec, list):
        tag = path.rsplit(".", 1)[-1]
        keys_r, keys_a = [identity(tag, x) for x in rec], [identity(tag, x) for x in act]
        if None in keys_r + keys_a or len(set(keys_r)) < len(keys_r) or len(set(keys_a)) < len(keys_a):
            if len(rec) != len(act):
                out.append(f"{path}: recorded {len(rec)} members, got {len(act)}")
            for i, (r, a) in enumerate(zip(rec, act)):
                diff_json(r, a, f"{path}[{i}]", ordered, out)
            return
        for key in keys_r:
            if key not in keys_a:
                out.append(f"{path}[{key}]: missing")
            else:
                diff_json(rec[keys_r.index(key)], act[keys_a.index(key)], f"{path}[{key}]", ordered, out)
        for key in keys_a:
            if key not in keys_r:
                out.append(f"{path}[{key}]: not in the record")
        if ordered and tag == "instance" and sorted(keys_r) == sorted(keys_a):
            deleted = {k for k, x in zip(keys_r, rec) if x.get("actionType") == "DELETED"}
            if not order_allowed(keys_r, keys_a, deleted):
                out.append(f"{path}: recorded order {keys_r}, got {keys_a}")
        return
    if rec != act:
        out.append(f"{path}: recorded {show(rec)}, got {show(act)}")


def xml_tree(text):
    """An element as {'@attr':…, '#': text, tag: [children]}; list members stay lists."""
    def convert(element):
        node = {f"@{k}": v for k, v in element.attrib.items()}
        for child in element:
            node.setdefault(child.tag, []).append(convert(child))
        if len(element) == 0:
            node["#"] = element.text or ""
        return node

    root = ET.fromstring(text)
    return {root.tag: [convert(root)]}


def xml_text(node, tag):
    found = node.get(tag)
    return found[0].get("#") if found else None


def xml_identity(tag, node):
    if tag == "application":
        return xml_text(node, "name")
    if tag == "instance":
        return xml_text(node, "instanceId") or xml_text(node, "hostName")
    return None


def mask_xml(node, now):
    out = {}
    for tag, value in node.items():
        if tag[0] in "@#":
            out[tag] = value
            continue
        if tag == "application":
            value = [v for v in value if xml_text(v, "name") is None or "{{R}}" in xml_text(v, "name")]
            if not value:
                continue
        if tag in TIMESTAMPS and len(value) == 1 and is_moment(tag, value[0].get("#", ""), now):
            out[tag] = [{"#": "<moment>"}]
        else:
            out[tag] = [mask_xml(v, now) for v in value]
    if not any(k == "#" for k in out) and not any(k[0] not in "@#" for k in out):
        out["#"] = ""
    if "application" not in node and out.get("#", "").strip() == "" and any(k[0] not in "@#" for k in out):
        out.pop("#", None)
    return out


def diff_xml(rec, act, path, ordered, out):
    for key in rec:
        if key not in act:
            out.append(f"{path}/{key}: missing")
            continue
        r, a = rec[key], act[key]
        if key[0] in "@#":
            if r != a:
                out.append(f"{path}/{key}: recorded {r!r}, got {a!r}")
            continue
        keys_r, keys_a = [xml_identity(key, x) for x in r], [xml_identity(key, x) for x in a]
        if None in keys_r + keys_a or len(set(keys_r)) < len(keys_r) or len(set(keys_a)) < len(keys_a):
            if len(r) != len(a):
                out.append(f"{path}/{key}: recorded {len(r)} times, got {len(a)} times")
            for i, (x, y) in enumerate(zip(r, a)):
                diff_xml(x, y, f"{path}/{key}" + (f"[{i}]" if len(r) > 1 else ""), ordered, out)
            continue
        for name in keys_r:
            if name not in keys_a:
                out.append(f"{path}/{key}[{name}]: missing")
            else:
                diff_xml(r[keys_r.index(name)], a[keys_a.index(name)], f"{path}/{key}[{name}]", ordered, out)
        for name in keys_a:
            if name not in keys_r:
                out.append(f"{path}/{key}[{name}]: not in the record")
        if ordered and key == "instance" and sorted(keys_r) == sorted(keys_a):
            deleted = {n for n, x in zip(keys_r, r) if xml_text(x, "actionType") == "DELETED"}
            if not order_allowed(keys_r, keys_a, deleted):
                out.append(f"{path}/{key}: recorded order {keys_r}, got {keys_a}")
    for key in act:
        if key not in rec:
            out.append(f"{path}/{key}: not in the record")


def shape_json(node):
    if isinstance(node, dict):
        return {k: shape_json(v) for k, v in node.items()}
    if isinstance(node, list):
        return [shape_json(v) for v in node]
    return f"<{kind(node)}>"


def shape_xml(node):
    return {k: ("" if k[0] in "@#" else [shape_xml(x) for x in v]) for k, v in node.items()}


def media(headers):
    value = headers.get("Content-Type")
    if value is None:
        return None, None
    kind_, _, rest = value.partition(";")
    charset = re.search(r'charset="?([\w-]+)', rest, re.I)
    return kind_.strip().lower(), charset.group(1).lower() if charset else None


def boot_error(body):
    """The stock server's error page (JSON, or XML with the root Map) as a dict of text; None for other bodies."""
    try:
        tree = json.loads(body)
    except ValueError:
        try:
            root = ET.fromstring(body) if body.startswith("<Map>") else ()
        except ET.ParseError:
            return None
        tree = {child.tag: child.text for child in root}
    if not isinstance(tree, dict) or not BOOT_ERROR <= set(tree):
        return None
    return {k: str(v) for k, v in tree.items()}


def foreign_left_out(body):
    """A recorded body without the applications of earlier runs, which deltas still list."""
    if '"applications"' in body[:40]:
        try:
            tree = json.loads(body)
        except ValueError:
            return body
        apps = tree["applications"].get("application")
        if isinstance(apps, list):
            own = [a for a in apps if "{{R}}" in a["name"]]
            if len(own) < len(apps):
                tree["applications"]["application"] = own
                return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    elif body.startswith("<applications>"):
        return re.sub(r"\s*<application>(?:(?!</application>).)*?</application>",
                      lambda m: m.group(0) if "{{R}}" in re.search(r"<name>(.*?)</name>", m.group(0)).group(1) else "",
                      body, flags=re.S)
    return body


def methods(value):
    return {m.strip() for m in (value or "").split(",") if m.strip()}


class Comparer:
    """Compares the answers of one scenario run; keeps what is needed from step to step (delta versions)."""

    def __init__(self, scenario, exact):
        self.recorded_at = scenario["recorded_at"]
        self.exact = exact
        self.versions = {}

    def compare(self, step, answer):
        """Returns the differences as a list of text; empty when the answer will do."""
        out = list(answer.problems)
        if answer.status != step["status"]:
            also = [a["status"] for a in step.get("alternatives", []) if "status" in a]
            if step["method"] == "OPTIONS" and step["status"] == 200:
                also.append(204)
            if step["status"] == 500:
                also.append(400)  # an exception of the stock server over a bad request
            if not self.exact and answer.status in also:
                return out
            out.append(f"status: recorded {step['status']}, got {answer.status}"
                       + (f", body {answer.body[:200]!r}" if answer.body else ""))
            return out
        poll = step.get("poll")
        if poll and not poll.get("min_ms", 0) <= answer.elapsed_ms <= poll.get("max_ms", 1e12):
            out.append(f"after {answer.elapsed_ms} ms, allowed {poll.get('min_ms', 0)} to {poll.get('max_ms')} ms "
                       f"(recorded {step.get('elapsed_ms')})")
        headers, mode = step["response_headers"], step.get("compare", "auto")
        if not self.exact:
            mode = step.get("loose", mode)
        asked = {k.lower(): v for k, v in step.get("headers", {}).items()}
        if "Allow" in headers:
            extra = set() if self.exact else {"HEAD", "OPTIONS"}
            want, got = methods(headers["Allow"]), methods(answer.headers.get("Allow"))
            if want - extra != got - extra:
                out.append(f"Allow: recorded {headers['Allow']}, got {answer.headers.get('Allow')}")
        if mode == "options":
            return out
        recorded = step["response_body"]
        error = boot_error(recorded) if recorded else None
        if recorded is None and step["status"] >= 400 and not self.exact:
            return out  # an HTML error page
        if error and not self.exact and answer.body == "":
            return out  # the stock server's error page; an empty body is as good
        if recorded == "" and answer.body != "":
            out.append(f"body: recorded empty, got {answer.body[:200]!r}")
            return out
        if recorded is None or recorded != "" or step["method"] == "HEAD":
            want, got = media(headers), media(answer.headers)
            if "*" in (want[0] or "") and not self.exact:
                want = got  # the stock server sent a wildcard back as the type
            if want[0] != got[0] or got[1] not in (None, "utf-8", want[1]):
                out.append(f"Content-Type: recorded {headers.get('Content-Type')}, "
                           f"got {answer.headers.get('Content-Type')}")
            want, got = headers.get("Content-Encoding"), answer.headers.get("Content-Encoding")
            may = {want}
            if not self.exact:
                if {"encoding": "identity"} in step.get("alternatives", []):
                    may.add(None)
                if re.search(r"gzip(?!;q=0(\.0*)?\b(?!\.))", asked.get("accept-encoding", ""), re.I):
                    may.add("gzip")  # compressing more than the stock server does
            if got not in may:
                out.append(f"Content-Encoding: recorded {headers.get('Content-Encoding')}, "
                           f"got {answer.headers.get('Content-Encoding')}")
        if recorded is None or mode == "status" or recorded == "" or step["method"] == "HEAD":
            return out
        if answer.body == "":
            out.append(f"body: recorded {recorded[:200]!r}, got none")
            return out
        if "json" in (media(headers)[0] or "") and recorded.startswith("<") and not self.exact:
            return out  # the stock server sent XML labelled as JSON; see NOTES.md
        if error:
            got = boot_error(answer.body)
            for key in ("status", "error", "path"):
                if got is None or got[key] != error[key]:
                    out.append(f"error body: recorded {recorded!r}, got {answer.body[:200]!r}")
                    break
            return out
        return out + self.compare_body(step, recorded, answer.body, mode)

    def compare_body(self, step, recorded, body, mode):
        out, now = [], int(time.time() * 1000)
        body = foreign_left_out(body)  # as text: another scenario's record may be malformed XML
        ordered = "/delta" in step["path"] and not step.get("unordered")
        if "json" in (media(step["response_headers"])[0] or "") and not recorded.startswith("<"):
            try:
                rec = json.loads(recorded)
            except ValueError:
                rec = None
            if rec is not None:
                try:
                    act = json.loads(body)
                except ValueError as error:
                    return [f"body is not JSON: {error}: {body[:200]!r}"]
                if mode == "shape":
                    rec, act = shape_json(rec), shape_json(act)
                rec, act = mask_json(rec, self.recorded_at), mask_json(act, now)
                if "/delta" in step["path"]:
                    self.version(step, rec.get("applications"), act.get("applications"), "versions__delta", out)
                diff_json(rec, act, "$", ordered, out)
                return out
        elif recorded.lstrip().startswith("<"):
            try:
                rec = xml_tree(recorded)
            except ET.ParseError:
                return out  # the stock server wrote malformed XML here; see NOTES.md
            try:
                act = xml_tree(body)
            except ET.ParseError as error:
                return [f"body is not XML: {error}: {body[:200]!r}"]
            if mode == "shape":
                rec, act = shape_xml(rec), shape_xml(act)
            rec, act = mask_xml(rec, self.recorded_at), mask_xml(act, now)
            if not self.exact and "instance" in rec and "instance" in act:
                # read alone in XML, the stock server shows OUT_OF_SERVICE and UNKNOWN as DOWN; either will do
                for tag in ("status", "overriddenstatus"):
                    if xml_text(rec["instance"][0], tag) == "DOWN" and xml_text(act["instance"][0], tag) in ("OUT_OF_SERVICE", "UNKNOWN"):
                        act["instance"][0][tag] = rec["instance"][0][tag]
            if "/delta" in step["path"] and "applications" in rec and "applications" in act:
                r, a = rec["applications"][0], act["applications"][0]
                flat_r, flat_a = ({"v": x.get("versions__delta", [{}])[0].get("#")} for x in (r, a))
                self.version(step, flat_r, flat_a, "v", out)
                if flat_r["v"] == flat_a["v"]:
                    a["versions__delta"] = r["versions__delta"]
            diff_xml(rec, act, "", ordered, out)
            return out
        if recorded != body:
            out.append(f"body: recorded {recorded[:300]!r}, got {body[:300]!r}")
        return out

    def version(self, step, rec, act, key, out):
        """A delta's version is the server's own; it must be a decimal string, and change when the record's did."""
        if not isinstance(rec, dict) or not isinstance(act, dict):
            return
        got, want = act.get(key), rec.get(key)
        if not isinstance(got, str) or not re.fullmatch(r"\d+", got):
            out.append(f"versions__delta: not a decimal string: {got!r}")
            return
        headers = {k.lower(): v for k, v in step.get("headers", {}).items()}
        view = (step["path"].replace("/v2/", "/").rstrip("/"), "json" in headers.get("accept", ""),
                headers.get("x-eureka-accept", ""))
        before = self.versions.get(view)
        if before and (before[0] == want) != (before[1] == got):
            out.append(f"versions__delta: recorded {before[0]} then {want}, got {before[1]} then {got}")
        self.versions[view] = (want, got)
        act[key] = want


def load(paths, setup=None, only=None):
    """Scenario files under the given files and folders, as (path, scenario), sorted by name."""
    import fnmatch
    import os
    files = []
    for path in paths:
        if os.path.isdir(path):
            files += [os.path.join(path, f) for f in os.listdir(path) if f.endswith(".json")]
        else:
            files.append(path)
    found = []
    for path in sorted(files):
        with open(path, encoding="utf-8") as handle:
            scenario = json.load(handle)
        if setup and scenario["setup"] != setup:
            continue
        if only and not any(fnmatch.fnmatch(scenario["name"], f"*{o}*") for o in only):
            continue
        found.append((path, scenario))
    return found
