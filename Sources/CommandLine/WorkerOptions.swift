import ArgumentParser
import Inference
import Server

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

    @Option(help: "The memory, in MiB, that a process of such a model may hold. (default: 16384)")
    var workerMemory: Int?

    @Option(help: "The seconds that such a model may take to answer, and a request wait for its turn. (default: 60)")
    var workerTimeout: Int?

    @Option(help: "The seconds that such a model may take to load. (default: 120)")
    var workerStartTimeout: Int?

    /// Writes into `configuration` what the options say, else the variables of the environment.
    func apply(to configuration: inout ServerConfiguration, _ environment: [String: String]) throws {
        let named = python ?? environment["MARTLET_PYTHON"] ?? ""
        configuration.servesPython = named != "none"
        configuration.python = named.isEmpty ? nil : named
        if let memory = try Self.number(workerMemory, "MARTLET_WORKER_MEMORY", environment) {
            configuration.workerLimits.memoryBytesMax = Int64(memory) << 20
        }
        if let seconds = try Self.number(workerTimeout, "MARTLET_WORKER_TIMEOUT", environment) {
            configuration.workerLimits.requestTime = .seconds(seconds)
        }
        if let seconds = try Self.number(workerStartTimeout, "MARTLET_WORKER_START_TIMEOUT", environment) {
            configuration.workerLimits.startTime = .seconds(seconds)
        }
    }

    /// The same for models that run here; nil where they are refused.
    func localPython(_ environment: [String: String]) throws -> PredictErrand.Python? {
        var configuration = ServerConfiguration()
        try apply(to: &configuration, environment)
        guard configuration.servesPython else { return nil }
        return PredictErrand.Python(interpreter: configuration.python, limits: configuration.workerLimits)
    }

    private static func number(_ given: Int?, _ variable: String, _ environment: [String: String]) throws -> Int? {
        guard let text = given.map({ String($0) }) ?? environment[variable] else { return nil }
        guard let number = Int(text), (1...100_000_000).contains(number) else {
            throw ValidationError("Limits of Python workers are whole numbers from 1 on, not '\(text)'.")
        }
        return number
    }
}
