import Glibc

/// The Python that runs models.
struct PythonInterpreter: Sendable {
    /// What workers are given of the server's environment: what an interpreter and its libraries go by, no credentials.
    private static let kept: Set<String> = [
        "PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHASHSEED",
        "VIRTUAL_ENV", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
        "NUMEXPR_NUM_THREADS", "HF_HOME", "HF_HUB_OFFLINE", "TRANSFORMERS_CACHE", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]
    /// What installing packages goes by besides.
    private static let keptToInstall: Set<String> = [
        "XDG_CACHE_HOME", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    ]
    /// What would bring other packages into a model's own environment.
    private static let foreign: Set<String> = ["PYTHONPATH", "VIRTUAL_ENV"]
    private static let probe = "import importlib.util as u, sys; sys.exit(0 if u.find_spec('mlflow') else 3)"
    private static let probeMillisecondsMax = 10_000

    private let named: String?
    private let ownsEnvironments: Bool
    private let environment: [String: String]

    /// The one that `settings` name, in the server's `environment`.
    init(_ settings: PythonSettings, environment: [String: String]) {
        named = settings.interpreter
        ownsEnvironments = settings.environments != nil
        self.environment = environment
    }

    /// The environment of workers, `replicas` of one model.
    func environment(replicas: Int) -> [String: String] {
        var kept = environment.filter { isKept($0.key) }
        kept["_MLFLOW_IS_IN_SERVING_ENVIRONMENT"] = "true"
        kept["MLFLOW_DISABLE_TELEMETRY"] = "true"
        kept["GIT_PYTHON_REFRESH"] = "quiet"
        kept["PYTHONUNBUFFERED"] = "1"
        // Several processes that each take all cores only get in each other's way.
        if replicas > 1, kept["OMP_NUM_THREADS"] == nil {
            kept["OMP_NUM_THREADS"] = String(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / replicas))
        }
        return kept
    }

    private func isKept(_ variable: String) -> Bool {
        guard ownsEnvironments else { return Self.kept.contains(variable) || variable.hasPrefix("LC_") }
        return !Self.foreign.contains(variable)
            && (Self.kept.contains(variable) || variable.hasPrefix("LC_") || variable.hasPrefix("PIP_")
                || Self.keptToInstall.contains(variable.uppercased()))
    }

    /// The interpreter's path; starts processes and waits for them.
    ///
    /// - Throws: `engineUnavailable`, which says what to do.
    func path() throws(InferenceError) -> String {
        if let named {
            guard let path = Self.executables(named, environment).first else {
                throw InferenceError(
                    .engineUnavailable,
                    "the Python that --python or MARTLET_PYTHON names is no program that can be run",
                    engineMessage: named
                )
            }
            return path
        }
        let found = Self.executables("python3", environment)
        if let path = found.first(where: { ownsEnvironments || hasMLflow($0) }) { return path }
        guard let first = found.first else {
            throw InferenceError(
                .engineUnavailable,
                "there is no python3 on the PATH. Install Python and mlflow, and name the interpreter: martlet server"
                    + " --python PATH, or MARTLET_PYTHON"
            )
        }
        throw WorkerReady.lacksMLflow(first)
    }

    /// The programs called `name`: it itself where it is a path, else those on the PATH in their order.
    private static func executables(_ name: String, _ environment: [String: String]) -> [String] {
        let candidates =
            name.contains("/")
            ? [name]
            : (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map { "\($0)/\(name)" }
        return candidates.filter { access($0, X_OK) == 0 }
    }

    private func hasMLflow(_ path: String) -> Bool {
        let start = WorkerProcess.Start(
            arguments: [path, "-c", Self.probe],
            environment: environment(replicas: 1),
            folder: "/"
        )
        guard let process = try? WorkerProcess(start) else { return false }
        var waited = 0
        while !process.isGone, waited < Self.probeMillisecondsMax {
            usleep(5_000)
            waited += 5
        }
        return process.end() == "exit status 0"
    }
}
