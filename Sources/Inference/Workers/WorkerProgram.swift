import CPythonWorker
import Glibc

/// The worker's program, embedded in this one and written out for the interpreter.
enum WorkerProgram {
    private static let name = "martlet_worker.py"

    /// Writes the program into `folder`, which is made when missing, for this user alone.
    ///
    /// - Returns: the file's path.
    /// - Throws: `engineUnavailable` when the disk refuses.
    static func write(into folder: String) throws(InferenceError) -> String {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST, chmod(folder, 0o700) == 0 else { throw failure() }
        let path = folder + "/" + name
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        var offset = 0
        while offset < martlet_worker_length {
            let written = Glibc.write(file, martlet_worker_bytes() + offset, martlet_worker_length - offset)
            guard written > 0 else { throw failure() }
            offset += written
        }
        return path
    }

    private static func failure() -> InferenceError {
        InferenceError(
            .engineUnavailable,
            "the folder for Python workers can't be written to: \(String(cString: strerror(errno)))"
        )
    }
}
