/// An engine that Martlet loads as a shared library at its first use.
package enum NativeEngine: String, Sendable, CaseIterable {
    case onnxRuntime = "onnxruntime"
    case duckDB = "duckdb"
    case rdKafka = "librdkafka"
    case hiredis

    /// The release that Martlet is built and tested against.
    package var version: String {
        switch self {
        case .onnxRuntime: "1.31.1"
        case .duckDB: "2.0.0"
        case .rdKafka: "2.0.2"
        case .hiredis: "0.14.1"
        }
    }

    /// The engine's folder inside the folder of native libraries: name and version joined by a hyphen.
    package var folderName: String { "\(rawValue)-\(version)" }

    /// The engine's name as its makers write it, for messages.
    package var displayName: String {
        switch self {
        case .onnxRuntime: "ONNX Runtime"
        case .duckDB: "DuckDB"
        case .rdKafka: "librdkafka"
        case .hiredis: "hiredis"
        }
    }

    /// The name under which the system's loader has the library, for an engine that comes as a package of the system;
    /// nil for one that comes out of a wheel. The name stands for one layout of what the library shares with us.
    package var systemLibrary: String? {
        switch self {
        case .onnxRuntime, .duckDB: nil
        case .rdKafka: "librdkafka.so.1"
        case .hiredis: "libhiredis.so.0.14"
        }
    }

    /// Debian's package with that library; nil for an engine that comes out of a wheel.
    package var systemPackage: String? {
        switch self {
        case .onnxRuntime, .duckDB: nil
        case .rdKafka: "librdkafka1"
        case .hiredis: "libhiredis0.14"
        }
    }

    /// Whether the server works with it; the others are for `martlet stream` alone.
    package var isNeededByServer: Bool {
        switch self {
        case .onnxRuntime, .duckDB: true
        case .rdKafka, .hiredis: false
        }
    }

    /// The shared library among the names of a folder's files, or nil when none of them is it.
    ///
    /// A plain library is preferred to the Python extension of DuckDB's wheel, which exports the same C functions.
    func library(among names: [String]) -> String? {
        switch self {
        case .onnxRuntime:
            let exact = "libonnxruntime.so.\(version)"
            return names.contains(exact) ? exact : names.filter { $0.hasPrefix("libonnxruntime.so") }.min()
        case .duckDB:
            if names.contains("libduckdb.so") { return "libduckdb.so" }
            let extensions = names.filter { $0.hasPrefix("_duckdb") && $0.hasSuffix(".so") }
            return extensions.count == 1 ? extensions[0] : nil
        case .rdKafka, .hiredis:
            return systemLibrary.flatMap { names.contains($0) ? $0 : nil }
        }
    }

    /// The library that must be in the process, its symbols global, before `library` can be opened; nil for none.
    ///
    /// A CPython extension (`_duckdb.cpython-311-x86_64-linux-gnu.so`) leaves the interpreter's symbols undefined
    /// without naming the interpreter's library as a dependency, so the loader cannot fetch it by itself.
    func prerequisite(of library: String) -> String? {
        guard let tag = library.split(separator: ".").first(where: { $0.hasPrefix("cpython-3") }) else { return nil }
        let minor = tag.dropFirst("cpython-3".count).prefix { $0.isNumber }
        return "libpython3.\(minor).so.1.0"
    }
}
