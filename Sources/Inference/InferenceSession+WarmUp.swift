extension InferenceSession {
    /// How long a model takes once it is warm.
    package struct WarmUp: Hashable, Sendable {
        /// The median time of a run on one row, in nanoseconds. Zeros are kind to trees: real rows take about twice.
        package let singleRowNanoseconds: Int64
        /// The rows of the larger batch.
        package let batchRows: Int
        /// The second run's time on the larger batch, in nanoseconds.
        package let batchNanoseconds: Int64
    }

    /// Runs the model on zeros until it is warm, and says how long it takes.
    ///
    /// The first run of a session takes 2 to 12 times a later one, the first of a new size up to 2.5 times. Free
    /// dimensions are taken as `rows` where they come first, and as 1 where they do not.
    /// - Parameter rows: the largest batch to come, 1 or more.
    /// - Returns: the times, from at most 15 single runs and about 100 ms.
    /// - Throws: `runFailed` where the model cannot be run on such inputs, which need not mean that it is broken.
    package func warmUp(rows: Int) throws(InferenceError) -> WarmUp {
        precondition(rows >= 1, "a batch has a row")
        let single = zeros(rows: 1)
        let batch = zeros(rows: rows)
        _ = try timedRun(single)
        _ = try timedRun(batch)
        let batchNanoseconds = try timedRun(batch)
        var samples: [Int64] = []
        var total: Int64 = 0
        while samples.count < 15, samples.isEmpty || total < 100_000_000 {
            let sample = try timedRun(single)
            samples.append(sample)
            total += sample
        }
        samples.sort()
        return WarmUp(
            singleRowNanoseconds: samples[samples.count / 2],
            batchRows: rows,
            batchNanoseconds: batchNanoseconds
        )
    }

    private func zeros(rows: Int) -> [NamedTensor] {
        inputs.map { input in
            // Where the rank is open, a batch of one column is the likeliest to be taken.
            var shape = input.shape ?? [-1, -1]
            for axis in shape.indices where shape[axis] < 0 { shape[axis] = axis == 0 ? rows : 1 }
            return NamedTensor(name: input.name, tensor: .zeros(input.elementType, shape: shape))
        }
    }

    private func timedRun(_ inputs: [NamedTensor]) throws(InferenceError) -> Int64 {
        let start = ContinuousClock.now
        _ = try run(inputs)
        let (seconds, attoseconds) = start.duration(to: .now).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
