"""What python-kubernetes does against a hub: one line of JSON for each step. Arguments: the kubeconfig and a namespace."""
import json
import sys

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import stream

kubeconfig, namespace = sys.argv[1:]
config.load_kube_config(kubeconfig)
core = client.CoreV1Api()


def tell(step, value):
    print(json.dumps([step, value]), flush=True)


def config_map(name, data):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels={"x": "y"}), data=data)


tell("version", client.VersionApi().get_code().minor)
made = core.create_namespaced_config_map(namespace, config_map("a", {"k": "1"}))
core.create_namespaced_config_map(namespace, config_map("b", {"k": "2"}))
listed = core.list_namespaced_config_map(namespace, label_selector="x=y", limit=1)
rest = core.list_namespaced_config_map(namespace, label_selector="x=y", _continue=listed.metadata._continue)
tell("pages", [[one.metadata.name for one in page.items] for page in (listed, rest)])
patched = core.patch_namespaced_config_map("a", namespace, {"data": {"k": "3", "l": "4"}})
tell("patch", patched.data)
made.data = {"k": "5"}
try:
    core.replace_namespaced_config_map("a", namespace, made)
except ApiException as error:
    tell("conflict", [error.status, json.loads(error.body)["reason"]])

seen = []
version = core.list_namespaced_config_map(namespace).metadata.resource_version
core.create_namespaced_config_map(namespace, config_map("c", {}))
core.delete_namespaced_config_map("b", namespace)
for event in watch.Watch().stream(
    core.list_namespaced_config_map, namespace, resource_version=version, label_selector="x=y", timeout_seconds=20
):
    seen.append([event["type"], event["object"].metadata.name])
    if len(seen) == 2:
        break
tell("watch", seen)

container = client.V1Container(name="main", image="example.org/none:1", command=["sh", "-c", "echo said; exec sleep 1000"])
spec = client.V1PodSpec(containers=[container], termination_grace_period_seconds=1)
core.create_namespaced_pod(namespace, client.V1Pod(metadata=client.V1ObjectMeta(name="p"), spec=spec))
for event in watch.Watch().stream(
    core.list_namespaced_pod, namespace, field_selector="metadata.name=p", timeout_seconds=40
):
    conditions = event["object"].status.conditions or []
    if any(one.type == "Ready" and one.status == "True" for one in conditions):
        break
tell("log", core.read_namespaced_pod_log("p", namespace))
command = ["sh", "-c", "echo out; echo err >&2; read line; echo got $line; exit 3"]
shell = stream(
    core.connect_get_namespaced_pod_exec, "p", namespace, command=command,
    stdin=True, stdout=True, stderr=True, tty=False, _preload_content=False,
)
shell.write_stdin("typed\n")
shell.run_forever(timeout=20)
tell("exec", [shell.read_stdout(), shell.read_stderr(), shell.returncode])
simple = stream(
    core.connect_get_namespaced_pod_exec, "p", namespace, command=["echo", "hi"],
    stdin=False, stdout=True, stderr=True, tty=False,
)
tell("exec at once", simple)

finder = dynamic.DynamicClient(client.ApiClient())
deployments = finder.resources.get(api_version="apps/v1", kind="Deployment")
body = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "d"},
    "spec": {
        "replicas": 0,
        "selector": {"matchLabels": {"app": "d"}},
        "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
    },
}
deployments.create(body=body, namespace=namespace)
deployments.patch(
    body={"spec": {"paused": True}}, name="d", namespace=namespace, content_type="application/merge-patch+json"
)
found = deployments.get(name="d", namespace=namespace)
tell("dynamic", [found.spec.replicas, found.spec.paused, found.kind])
# this version sends an apply only as text
text = json.dumps({**body, "metadata": {"name": "e"}})
applied = deployments.server_side_apply(body=text, name="e", namespace=namespace, field_manager="python")
tell("apply", [[one.manager, one.operation] for one in applied.metadata.managedFields][:1])
tell("names", [one.metadata.name for one in deployments.get(namespace=namespace).items])
deployments.delete(name="d", namespace=namespace)
allowed = client.AuthorizationV1Api().create_self_subject_access_review(
    client.V1SelfSubjectAccessReview(
        spec=client.V1SelfSubjectAccessReviewSpec(
            resource_attributes=client.V1ResourceAttributes(verb="get", resource="pods", namespace=namespace)
        )
    )
)
tell("allowed", allowed.status.allowed)
