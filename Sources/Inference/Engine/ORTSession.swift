// A session: made and released here. ORT allows runs from any number of threads at once, but never a release while a
// run is inside; a run holds a reference to its session, so the last reference ends after the last run.

import CONNXRuntime

/// One model, loaded.
// The pointer is set once; ORT's session is thread-safe for everything that is called on it here.
final class ORTSession: @unchecked Sendable {
    /// Where a model comes from.
    enum Source {
        case path(String)
        case bytes([UInt8])
    }

    let engine: ORTEnvironment
    let session: OpaquePointer

    /// Loads and optimises a model.
    init(_ source: Source, engine: ORTEnvironment) throws(InferenceError) {
        let api = engine.api
        let options = try Self.options(api)
        defer { ORTReleaseSessionOptions(api, options) }
        var session: OpaquePointer?
        switch source {
        case .path(let path):
            let status = ORTCreateSession(api, engine.environment, path, options, &session)
            try ORTStatus.check(status, api, .modelInvalid, hiding: path)
        case .bytes(let bytes):
            // The engine wants an address even for no bytes, and then calls them no model.
            try bytes.withUnsafeBufferPointer { buffer throws(InferenceError) in
                let start = UnsafeRawPointer(buffer.baseAddress) ?? ORTValue.nothing
                let status = ORTCreateSessionFromBytes(
                    api,
                    engine.environment,
                    start,
                    buffer.count,
                    options,
                    &session
                )
                try ORTStatus.check(status, api, .modelInvalid)
            }
        }
        self.engine = engine
        self.session = try ORTStatus.made(session)
    }

    deinit {
        ORTReleaseSession(engine.api, session)
    }

    /// Runs the model; see ``InferenceSession/run(_:)``.
    ///
    /// The inputs are those that `inputNames` name, in its order, and of the kinds declared.
    func run(
        _ inputs: [NamedTensor],
        inputNames: ORTNames,
        outputs: [TensorDescription],
        outputNames: ORTNames,
        within limits: RunLimits
    ) throws(InferenceError) -> [NamedTensor] {
        let place = try ORTRunPlace(engine: engine)
        // Inputs and outputs side by side in one piece of stack; whatever is in it at the end is released.
        return try withUnsafeTemporaryAllocation(
            of: OpaquePointer?.self,
            capacity: inputs.count + outputs.count
        ) { values throws(InferenceError) in
            values.initialize(repeating: nil)
            defer { for value in values where value != nil { ORTReleaseValue(engine.api, value) } }
            return try bind(inputs, from: 0, to: values) { () throws(InferenceError) in
                guard let start = values.baseAddress else { return [] }
                try place.hold(limits) { options in
                    ORTRun(
                        engine.api,
                        session,
                        options,
                        inputNames.pointer,
                        start,
                        inputs.count,
                        outputNames.pointer,
                        outputs.count,
                        start + inputs.count
                    )
                }
                var room = AnswerRoom(bytesMax: limits.answerBytesMax)
                var answers: [NamedTensor] = []
                answers.reserveCapacity(outputs.count)
                for (index, output) in outputs.enumerated() {
                    let value = try ORTStatus.made(values[inputs.count + index])
                    answers.append(try ORTValue(value, engine: engine).read(as: output, in: &room))
                }
                return answers
            }
        }
    }

    /// Makes values over the inputs' own memory, and calls `body` while all of that memory stays where it is.
    private func bind(
        _ inputs: [NamedTensor],
        from index: Int,
        to values: UnsafeMutableBufferPointer<OpaquePointer?>,
        _ body: () throws(InferenceError) -> [NamedTensor]
    ) throws(InferenceError) -> [NamedTensor] {
        guard index < inputs.count else { return try body() }
        let tensor = inputs[index].tensor
        if case .string(let strings) = tensor.values {
            values[index] = try ORTValue.make(strings, shape: tensor.shape, engine: engine)
            return try bind(inputs, from: index + 1, to: values, body)
        }
        return try tensor.values.withBytes { bytes throws(InferenceError) in
            let type = tensor.elementType
            values[index] = try ORTValue.make(over: bytes, type: type, shape: tensor.shape, engine: engine)
            return try bind(inputs, from: index + 1, to: values, body)
        }
    }

    /// One thread, for requests are spread over threads of ours, and a run's memory is counted by its thread; no
    /// spinning, for the cores are shared; no memory pattern, for it is kept for each shape ever seen; no word on shapes
    /// that differ from those declared.
    private static func options(_ api: OpaquePointer) throws(InferenceError) -> OpaquePointer {
        var made: OpaquePointer?
        try ORTStatus.check(ORTCreateSessionOptions(api, &made), api, .runFailed)
        let options = try ORTStatus.made(made)
        do {
            try ORTStatus.check(ORTSetIntraOpThreads(api, options, 1), api, .runFailed)
            try ORTStatus.check(ORTSetOptimizationLevel(api, options, Int32(ORTOptimizeAll)), api, .runFailed)
            try ORTStatus.check(ORTSetSessionLogSeverity(api, options, Int32(ORTSeverityError)), api, .runFailed)
            try ORTStatus.check(ORTDisableMemPattern(api, options), api, .runFailed)
            let spinning = ORTAddSessionConfigEntry(api, options, "session.intra_op.allow_spinning", "0")
            try ORTStatus.check(spinning, api, .runFailed)
            let counting = ORTAddSessionConfigEntry(api, options, "session.use_env_allocators", "1")
            try ORTStatus.check(counting, api, .runFailed)
        } catch {
            ORTReleaseSessionOptions(api, options)
            throw error
        }
        return options
    }
}

/// Names as C wants them at each run, made once a session.
// The memory is written in `init` and only read after it.
final class ORTNames: @unchecked Sendable {
    /// As many C strings as there are names.
    let pointer: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private let owned: [UnsafeMutablePointer<CChar>]

    init(_ names: [String]) {
        owned = names.map { name in
            let bytes = name.utf8CString
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            for (index, byte) in bytes.enumerated() { (copy + index).initialize(to: byte) }
            return copy
        }
        pointer = .allocate(capacity: max(1, names.count))
        pointer.initialize(to: nil)
        for (index, name) in owned.enumerated() { (pointer + index).initialize(to: UnsafePointer(name)) }
    }

    deinit {
        for name in owned { name.deallocate() }
        pointer.deallocate()
    }
}
