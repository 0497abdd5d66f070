import CPythonWorker
import Glibc

/// The programs of a worker, embedded in this one and written out for the interpreter.
struct WorkerProgram: Sendable {
    /// The path of the program that holds a model.
    let worker: String
    /// The path of the program that makes a model's environment first.
    let environment: String

    /// Writes the programs into `folder`, which is made when missing, for this user alone.
    ///
    /// - Throws: `engineUnavailable` when the disk refuses.
    init(into folder: String) throws(InferenceError) {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST, chmod(folder, 0o700) == 0 else { throw Self.failure() }
        worker = folder + "/martlet_worker.py"
        environment = folder + "/martlet_environment.py"
        try Self.write(UnsafeRawBufferPointer(start: martlet_worker_bytes(), count: martlet_worker_length), to: worker)
        try Self.write(
            UnsafeRawBufferPointer(start: martlet_environment_bytes(), count: martlet_environment_length),
            to: environment
        )
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws(InferenceError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        var left = bytes[...]
        while !left.isEmpty {
            let written = Glibc.write(file, UnsafeRawBufferPointer(rebasing: left).baseAddress, left.count)
            guard written > 0 else { throw failure() }
            left = left.dropFirst(written)
        }
    }

    private static func failure() -> InferenceError {
        InferenceError(
            .engineUnavailable,
            "the folder for Python workers can't be written to: \(String(cString: strerror(errno)))"
        )
    }
}
