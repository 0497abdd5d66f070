import ArgumentParser
import Foundation
import Inference

/// What models of Python run in, and what they may use.
struct WorkerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The Python that runs models which are not ONNX; it must have mlflow and what they need; none refuses them. "
                + "(default: the first python3 on the PATH that has mlflow)",
            valueName: "interpreter"
        )
    )
    var python: String?

    @Option(
        help: ArgumentHelp(
            "Where such a model's packages come from: local are those of the interpreter; with virtualenv each model has "
                + "an environment of its own, made of its requirements.txt. (default: local)",
            valueName: "local | virtualenv"
        )
    )
    var envManager: String?

    @Option(help: "The folder for such environments. (default: martlet/environments in the user's cache)")
    var environmentsDir: String?

    @Option(help: "The seconds that making an environment may take. (default: 1800)")
    var environmentTimeout: Int?

    @Option(help: "The memory, in MiB, that a process of such a model may hold. (default: 16384)")
    var workerMemory: Int?

    @Option(help: "The seconds that such a model may take to answer, and a request wait for its turn. (default: 60)")
    var workerTimeout: Int?

    @Option(help: "The seconds that such a model may take to load. (default: 120)")
    var workerStartTimeout: Int?

    /// What the options say, else the variables of the environment, of which an empty one counts as unset; nil where
    /// models of Python are refused.
    func settings(_ environment: [String: String]) throws -> PythonSettings? {
        let environment = environment.filter { !$0.value.isEmpty }
        let named = python ?? environment["MARTLET_PYTHON"] ?? ""
        guard named != "none" else { return nil }
        var settings = PythonSettings()
        settings.interpreter = named.isEmpty ? nil : named
        settings.environments = try environments(environment)
        if let seconds = try Self.number(environmentTimeout, "MARTLET_ENVIRONMENT_TIMEOUT", environment) {
            settings.limits.environmentTime = .seconds(seconds)
        }
        if let memory = try Self.number(workerMemory, "MARTLET_WORKER_MEMORY", environment) {
            settings.limits.memoryBytesMax = Int64(memory) << 20
        }
        if let seconds = try Self.number(workerTimeout, "MARTLET_WORKER_TIMEOUT", environment) {
            settings.limits.requestTime = .seconds(seconds)
        }
        if let seconds = try Self.number(workerStartTimeout, "MARTLET_WORKER_START_TIMEOUT", environment) {
            settings.limits.startTime = .seconds(seconds)
        }
        return settings
    }

    /// The folder for models' own environments; nil where they have none.
    private func environments(_ environment: [String: String]) throws -> String? {
        switch envManager ?? environment["MARTLET_ENV_MANAGER"] ?? "local" {
        case "local": return nil
        case "virtualenv": break
        case let other: throw ValidationError("--env-manager is local or virtualenv, not '\(other)'.")
        }
        if let named = environmentsDir ?? environment["MARTLET_ENVIRONMENTS_DIR"], !named.isEmpty {
            return URL(fileURLWithPath: named).standardizedFileURL.path
        }
        // A relative folder for caches is to be ignored, says the specification of XDG_CACHE_HOME.
        let caches = [environment["XDG_CACHE_HOME"], environment["HOME"].map { $0 + "/.cache" }]
        guard let cache = caches.compactMap(\.self).first(where: { $0.hasPrefix("/") }) else {
            throw ValidationError("There is no HOME for models' environments: name a folder by --environments-dir.")
        }
        return cache + "/martlet/environments"
    }

    private static func number(_ given: Int?, _ variable: String, _ environment: [String: String]) throws -> Int? {
        guard let text = given.map({ String($0) }) ?? environment[variable] else { return nil }
        guard let number = Int(text), (1...100_000_000).contains(number) else {
            throw ValidationError("Limits of Python workers are whole numbers from 1 on, not '\(text)'.")
        }
        return number
    }
}
