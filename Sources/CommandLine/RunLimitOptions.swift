import ArgumentParser
import Inference

/// What one run of an ONNX model may use.
struct RunLimitOptions: ParsableArguments {
    @Option(help: "The seconds that a run of an ONNX model may take, and a request wait for its turn. (default: 60)")
    var runTimeout: Int?

    @Option(help: "The memory, in MiB, that a run of an ONNX model may take beside its weights. (default: 4096)")
    var runMemory: Int?

    /// The limits that the options give, or else the variables of the environment, of which an empty one counts as unset.
    func limits(_ environment: [String: String]) throws -> RunLimits {
        var limits = RunLimits()
        if let seconds = try Self.number(runTimeout, "MARTLET_RUN_TIMEOUT", environment, max: 86_400) {
            limits.time = .seconds(seconds)
        }
        if let memory = try Self.number(runMemory, "MARTLET_RUN_MEMORY", environment, max: 1 << 20) {
            limits.memoryBytesMax = Int64(memory) << 20
        }
        return limits
    }

    private static func number(
        _ given: Int?,
        _ variable: String,
        _ environment: [String: String],
        max: Int
    ) throws -> Int? {
        guard let text = given.map({ String($0) }) ?? environment[variable], !text.isEmpty else { return nil }
        guard let number = Int(text), (1...max).contains(number) else {
            throw ValidationError("Limits of runs are whole numbers from 1 on, this one to \(max), not '\(text)'.")
        }
        return number
    }
}
