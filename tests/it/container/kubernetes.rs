//! The manifests in packaging/kubernetes: built by kustomize itself, held against Kubernetes' schemas
//! with no field allowed that they don't know, and looked at for what no schema says: that names which
//! must be the same are, that probes ask what hearthd answers, and that it takes its settings.
//!
//! There is no schema of the Prometheus operator's `ServiceMonitor` among them; its fields are listed
//! here.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::{Call, Launch};

/// The oldest and the newest Kubernetes that this is for, and one between.
const VERSIONS: [&str; 3] = ["1.30", "1.34", "1.37"];

fn installed(program: &str) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("kubernetes/.venv/bin");
    assert!(folder.join("kubectl").exists(), "kubectl is missing: run `make kubernetes`");
    Command::new(folder.join(program))
}

fn manifests(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/kubernetes").join(name)
}

fn text(output: &Output) -> String {
    let all = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&all).into_owned()
}

/// What `kubectl apply -k` would send. Whatever kustomize complains of fails the test.
fn built(name: &str) -> String {
    let built = installed("kubectl").arg("kustomize").arg(manifests(name)).output().unwrap();
    assert!(built.status.success() && built.stderr.is_empty(), "{name}: {}", text(&built));
    String::from_utf8(built.stdout).expect("UTF-8")
}

/// The objects of a built set.
fn objects(name: &str) -> Vec<Value> {
    let script = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin))))";
    let mut reader = installed("python");
    reader.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut reader = reader.spawn().expect("start Python");
    let yaml = built(name);
    reader.stdin.take().unwrap().write_all(yaml.as_bytes()).expect("hand the objects over");
    let output = reader.wait_with_output().expect("wait for Python");
    serde_json::from_slice(&output.stdout).expect("a list of objects")
}

fn object<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let is_it = |object: &&Value| object["kind"] == kind && object["metadata"]["name"] == name;
    objects.iter().find(is_it).unwrap_or_else(|| panic!("no {kind} {name}"))
}

/// The container of the pods.
fn container(objects: &[Value]) -> &Value {
    let pods = &object(objects, "StatefulSet", "hearth")["spec"]["template"]["spec"];
    let containers = pods["containers"].as_array().expect("containers");
    assert_eq!(containers.len(), 1);
    &containers[0]
}

/// Whether all labels of a selector are among these.
fn selects(selector: &Value, labels: &Value) -> bool {
    let wanted = selector.as_object().expect("a selector");
    wanted.iter().all(|(label, value)| labels[label] == *value)
}

fn validate(yaml: &str, version: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.yaml");
    fs::write(&file, yaml).unwrap();
    let mut validate = installed("kubernetes-validate");
    validate.args(["--strict", "--kubernetes-version", version]).arg(&file).output().unwrap()
}

#[test]
fn kubernetes_knows_every_field() {
    for name in ["office", "monitored"] {
        let yaml = built(name);
        for version in VERSIONS {
            let found = validate(&yaml, version);
            let said = text(&found);
            let passed = said.lines().filter(|line| line.contains("passed for resource")).count();
            let strangers = said.lines().filter(|line| line.contains("find schema")).count();
            assert!(found.status.success(), "{name}, {version}: {said}");
            assert_eq!(passed + strangers, objects(name).len(), "{name}, {version}: {said}");
            assert_eq!(strangers, usize::from(name == "monitored"), "{said}");
        }
    }
    // What a schema would not notice shows nothing.
    for (right, wrong) in [("readinessProbe:", "readynessProbe:"), ("replicas: 1", "replicas: one")]
    {
        let yaml = built("office").replace(right, wrong);
        let found = validate(&yaml, VERSIONS[0]);
        assert!(!found.status.success(), "{wrong} passes: {}", text(&found));
    }
}

#[test]
fn what_belongs_together_has_one_name() {
    let objects = objects("monitored");
    let set = &object(&objects, "StatefulSet", "hearth")["spec"];
    let labels = &set["template"]["metadata"]["labels"];
    assert!(selects(&set["selector"]["matchLabels"], labels));
    assert_eq!(object(&objects, "Service", "hearth")["metadata"]["name"], set["serviceName"]);
    for (kind, at) in [("PodDisruptionBudget", "/selector"), ("NetworkPolicy", "/podSelector")] {
        let spec = &object(&objects, kind, "hearth")["spec"];
        assert!(selects(&spec.pointer(at).unwrap()["matchLabels"], labels), "{kind}");
    }
    let first = &object(&objects, "Service", "hearth-0")["spec"]["selector"];
    assert_eq!(first["statefulset.kubernetes.io/pod-name"], "hearth-0");
    assert_eq!(first["app.kubernetes.io/name"], labels["app.kubernetes.io/name"]);

    let container = container(&objects);
    let limits = &container["resources"]["limits"];
    assert_eq!((&limits["cpu"], &limits["memory"]), (&"4".into(), &"8Gi".into()));
    let mounts = container["volumeMounts"].as_array().unwrap();
    let claim = &set["volumeClaimTemplates"][0]["metadata"]["name"];
    let of = |path: &str| mounts.iter().find(|mount| mount["mountPath"] == path).expect(path);
    assert_eq!(&of("/data")["name"], claim);
    let volumes = set["template"]["spec"]["volumes"].as_array().unwrap();
    for mount in mounts {
        let known = |volume: &&Value| volume["name"] == mount["name"];
        assert!(&mount["name"] == claim || volumes.iter().any(|v| known(&v)), "{mount}");
    }
    // The settings that are mounted are those that were made.
    let maps = volumes[0]["projected"]["sources"].as_array().unwrap();
    for map in maps {
        object(&objects, "ConfigMap", map["configMap"]["name"].as_str().unwrap());
    }
}

#[test]
fn prometheus_finds_the_pods_and_the_token() {
    let objects = objects("monitored");
    let monitor = &object(&objects, "ServiceMonitor", "hearth")["spec"];
    let keys = |value: &Value| -> Vec<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    };
    assert_eq!(keys(monitor), ["endpoints", "selector"]);
    let endpoint = &monitor["endpoints"][0];
    assert_eq!(keys(endpoint), ["authorization", "interval", "path", "port"]);
    assert_eq!(endpoint["path"], "/metrics");
    // One Service only, the one with all pods; its port has the name.
    let excluded = &monitor["selector"]["matchExpressions"][0];
    assert_eq!(excluded["operator"], "DoesNotExist");
    let label = excluded["key"].as_str().unwrap();
    let watched: Vec<&Value> = objects
        .iter()
        .filter(|object| object["kind"] == "Service")
        .filter(|service| {
            let labels = &service["metadata"]["labels"];
            selects(&monitor["selector"]["matchLabels"], labels) && labels.get(label).is_none()
        })
        .collect();
    let [service] = watched.as_slice() else { panic!("not one Service: {watched:?}") };
    assert_eq!(service["spec"]["clusterIP"], "None");
    assert_eq!(service["spec"]["ports"][0]["name"], endpoint["port"]);

    let token = &endpoint["authorization"]["credentials"];
    let volumes = &object(&objects, "StatefulSet", "hearth")["spec"]["template"]["spec"]["volumes"];
    let secret = volumes.as_array().unwrap().iter().find(|volume| volume["name"] == "secrets");
    assert_eq!(secret.expect("a secret")["secret"]["secretName"], token["name"]);
    let mounts = container(&objects)["volumeMounts"].as_array().unwrap();
    let mount = mounts.iter().find(|mount| mount["name"] == "secrets").expect("it is mounted");
    let file =
        format!("{}/{}", mount["mountPath"].as_str().unwrap(), token["key"].as_str().unwrap());
    let settings = fs::read_to_string(manifests("monitored/monitoring.toml")).unwrap();
    assert!(settings.contains(&format!("token_file = \"{file}\"")), "{file} in {settings}");
}

#[tokio::test]
async fn hearthd_takes_the_settings_and_answers_the_probes() {
    let scratch = tempfile::tempdir().unwrap();
    let settings = manifests("office/hearth.toml");
    let hearthd = Launch::in_folder(&scratch.path().join("data")).config(settings).start();
    let ready = hearthd.logged(|line| {
        let record: Value = serde_json::from_str(line).ok()?;
        if record["message"] != "Hearth is ready" {
            return None;
        }
        record["address"].as_str()?.parse().ok()
    });
    let address = ready.await;
    let objects = objects("office");
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        let get = &container(&objects)[probe]["httpGet"];
        let mut call = Call::new("GET", get["path"].as_str().unwrap());
        for header in get["httpHeaders"].as_array().unwrap() {
            call = call.header(header["name"].as_str().unwrap(), header["value"].as_str().unwrap());
        }
        assert_eq!(call.send(address).await.status, 200, "{probe}");
    }
}
