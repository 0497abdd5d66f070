/// A model in memory, ready to be run from any number of threads at once.
///
/// Opening takes milliseconds to seconds and a run takes as long as the model does: neither belongs on a thread of
/// the cooperative pool, unless ``warmUp(rows:)`` has shown the model to be quick. The memory goes back when the
/// last reference ends, which a run in progress also holds.
package final class InferenceSession: Sendable {
    /// What must be given, in the model's order.
    package let inputs: [TensorDescription]
    /// What is answered, in the model's order.
    package let outputs: [TensorDescription]
    /// What the model's file says of itself.
    package let metadata: ModelMetadata

    /// What a run may use where nothing else is said.
    var limits: RunLimits { session.engine.limits }

    private let indexByName: [String: Int]
    private let session: ORTSession
    private let inputNames: ORTNames
    private let outputNames: ORTNames

    /// Opens the model in a file.
    ///
    /// - Parameters:
    ///   - runtime: the engine, loaded now if it is not yet.
    ///   - path: an ONNX file; the files of its external data lie beside it.
    /// - Throws: `engineUnavailable`, `modelNotFound`, `modelInvalid`, or `modelUnsupported` for an input or output of
    ///   a kind that is not served, float16 among them.
    package convenience init(runtime: InferenceRuntime, path: String) throws(InferenceError) {
        try self.init(session: ORTSession(.path(path), engine: runtime.loaded()))
    }

    /// Opens the model in these bytes; it may not refer to external data.
    ///
    /// - Parameters:
    ///   - runtime: the engine, loaded now if it is not yet.
    ///   - bytes: an ONNX file's content; not needed any more afterwards.
    /// - Throws: as for a path.
    package convenience init(runtime: InferenceRuntime, bytes: [UInt8]) throws(InferenceError) {
        try self.init(session: ORTSession(.bytes(bytes), engine: runtime.loaded()))
    }

    private init(session: ORTSession) throws(InferenceError) {
        self.session = session
        inputs = try session.inputs()
        outputs = try session.outputs()
        metadata = try session.metadata()
        indexByName = Dictionary(inputs.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        inputNames = ORTNames(inputs.map(\.name))
        outputNames = ORTNames(outputs.map(\.name))
    }

    /// Runs the model on the calling thread.
    ///
    /// NaN goes in and comes out like any number: a perceptron answers NaN, trees take their default branch. No rows
    /// in give no rows out.
    /// - Parameters:
    ///   - given: every input once, in any order; in the model's own order is quickest.
    ///   - limits: what the run may use, where that is not what all runs may.
    /// - Returns: all outputs in the model's order, with their true shapes.
    /// - Throws: `inputInvalid` naming the input, before anything is run; `runFailed` with the engine's text;
    ///   `timedOut`; `answerInvalid` when it needs more memory, or answers more, than it may.
    package func run(
        _ given: [NamedTensor],
        within limits: RunLimits? = nil
    ) throws(InferenceError) -> [NamedTensor] {
        let ordered = try inModelOrder(given)
        for (input, named) in zip(inputs, ordered) { try input.validate(named.tensor) }
        return try session.run(
            ordered,
            inputNames: inputNames,
            outputs: outputs,
            outputNames: outputNames,
            within: limits ?? self.limits
        )
    }

    private func inModelOrder(_ given: [NamedTensor]) throws(InferenceError) -> [NamedTensor] {
        if given.count == inputs.count, zip(given, inputs).allSatisfy({ $0.name == $1.name }) { return given }
        var ordered = [NamedTensor?](repeating: nil, count: inputs.count)
        for named in given {
            guard let index = indexByName[named.name] else {
                throw inputError(named.name, "the model has no such input; it has \(inputNamesInWords)")
            }
            guard case nil = ordered[index] else {
                throw inputError(named.name, "expected once, found more than once")
            }
            ordered[index] = named
        }
        for (index, input) in inputs.enumerated() {
            guard case nil = ordered[index] else { continue }
            throw inputError(input.name, "expected a tensor of \(input.elementType.name), found none")
        }
        return ordered.compactMap { $0 }
    }

    private func inputError(_ name: String, _ problem: String) -> InferenceError {
        InferenceError(.inputInvalid, input: name, "input \"\(name)\": \(problem)")
    }

    private var inputNamesInWords: String {
        let named = inputs.prefix(20).map { "\"\($0.name)\"" }.joined(separator: ", ")
        return inputs.count > 20 ? "\(named) and \(inputs.count - 20) more" : named
    }
}
