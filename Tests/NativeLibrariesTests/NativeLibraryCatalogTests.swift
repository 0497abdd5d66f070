import FoundationEssentials
import Glibc
import NativeLibraries
import Testing

@Suite("The catalog of native libraries")
struct NativeLibraryCatalogTests {
    @Test(
        "takes its folder from the environment, the nearest setting first",
        arguments: [
            (["MARTLET_NATIVE_DIR": "/n", "XDG_CACHE_HOME": "/x", "HOME": "/h"], "/n"),
            (["XDG_CACHE_HOME": "/x", "HOME": "/h"], "/x/martlet/native"),
            (["MARTLET_NATIVE_DIR": "", "XDG_CACHE_HOME": "", "HOME": "/h"], "/h/.cache/martlet/native"),
            (["XDG_CACHE_HOME": "relative", "HOME": "/h"], "/h/.cache/martlet/native"),
            ([:], nil),
        ] as [([String: String], String?)]
    )
    func root(environment: [String: String], expected: String?) {
        #expect(NativeLibraryCatalog(environment: environment).root == expected)
    }

    @Test(
        "finds the library among a folder's files",
        arguments: [
            (NativeEngine.onnxRuntime, ["libonnxruntime.so.1.31.1", "libonnxruntime.so"], "libonnxruntime.so.1.31.1"),
            (.onnxRuntime, ["libonnxruntime.so.1", "libonnxruntime_providers_shared.so"], "libonnxruntime.so.1"),
            (.onnxRuntime, ["libonnxruntime_providers_shared.so"], nil),
            (.duckDB, ["_duckdb.abi3.so", "libduckdb.so"], "libduckdb.so"),
            (.duckDB, ["_duckdb.abi3.so", "METADATA"], "_duckdb.abi3.so"),
            (.duckDB, ["_duckdb.a.so", "_duckdb.b.so"], nil),
        ] as [(NativeEngine, [String], String?)]
    )
    func find(engine: NativeEngine, files: [String], expected: String?) throws {
        try withNativeFolder { root in
            let folder = "\(root)/\(engine.folderName)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for file in files { try Data().write(to: URL(filePath: "\(folder)/\(file)")) }
            let finding = NativeLibraryCatalog(environment: ["MARTLET_NATIVE_DIR": root]).find(engine)
            #expect(finding.path == expected.map { "\(folder)/\($0)" })
            #expect(finding.isUsable == (expected != nil))
            #expect(finding.remedy == (expected == nil ? "make setup" : nil))
        }
    }

    @Test("says which interpreter library a CPython extension lacks")
    func missingPrerequisite() throws {
        try withNativeFolder { root in
            let folder = "\(root)/duckdb-2.0.0"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: "\(folder)/_duckdb.cpython-399-x86_64-linux-gnu.so"))
            let catalog = NativeLibraryCatalog(environment: ["MARTLET_NATIVE_DIR": root])
            let problem = "_duckdb.cpython-399-x86_64-linux-gnu.so needs libpython3.99.so.1.0, which is not installed"
            #expect(catalog.find(.duckDB).problem == problem)
            let error = #expect(throws: NativeLibraryError.self) { try catalog.open(.duckDB) }
            #expect(error?.code == .notInstalled)
            #expect(error?.description == "DuckDB 2.0.0 is not installed: \(problem); run `make setup`")
        }
    }

    @Test(
        "names the folder and the remedy when a library is not installed",
        arguments: NativeEngine.allCases.filter { $0.systemLibrary == nil }
    )
    func notInstalled(engine: NativeEngine) throws {
        let catalog = NativeLibraryCatalog(environment: ["MARTLET_NATIVE_DIR": "/nonexistent"])
        let error = #expect(throws: NativeLibraryError.self) { try catalog.open(engine) }
        #expect(error?.code == .notInstalled)
        #expect(
            error?.description == "\(engine.displayName) \(engine.version) is not installed: "
                + "no library in /nonexistent/\(engine.folderName); run `make setup`"
        )
    }

    @Test("takes a package of the system where it is, and before it what lies in the engine's own folder")
    func systemLibrary() throws {
        try withNativeFolder { root in
            let catalog = NativeLibraryCatalog(environment: ["MARTLET_NATIVE_DIR": root])
            #expect(catalog.find(.hiredis).path == "libhiredis.so.0.14")
            let folder = "\(root)/\(NativeEngine.hiredis.folderName)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: "\(folder)/libhiredis.so.0.14"))
            #expect(catalog.find(.hiredis).path == "\(folder)/libhiredis.so.0.14")
        }
    }

    @Test(
        "says who needs a package of the system that is not there, and which it is",
        arguments: [
            (NativeEngine.rdKafka, "librdkafka.so.1", "librdkafka1"),
            (.hiredis, "libhiredis.so.0.14", "libhiredis0.14"),
        ] as [(NativeEngine, String, String)]
    )
    func systemLibraryMissing(engine: NativeEngine, library: String, debian: String) {
        let catalog = NativeLibraryCatalog(environment: ["MARTLET_NATIVE_DIR": "/nonexistent"]) { _ in false }
        let finding = catalog.find(engine)
        #expect(!finding.isUsable && finding.path == nil && finding.folder == nil)
        #expect(finding.problem == "\(library) is not installed; `martlet stream` needs it")
        #expect(finding.remedy == "apt-get install \(debian)")
        let error = #expect(throws: NativeLibraryError.self) { try catalog.open(engine) }
        #expect(error?.code == .notInstalled)
        #expect(error?.description.hasSuffix("run `apt-get install \(debian)`") == true)
    }

    @Test("has what comes out of wheels for the server, and packages of the system for streams alone")
    func needed() {
        #expect(NativeEngine.allCases.filter(\.isNeededByServer) == [.onnxRuntime, .duckDB])
        #expect(NativeEngine.allCases.allSatisfy { ($0.systemPackage == nil) == ($0.systemLibrary == nil) })
    }

    @Test("passes on the loader's reason for a file that is no library")
    func notLoadable() throws {
        try withNativeFolder { root in
            let folder = "\(root)/onnxruntime-1.31.1"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data("not a library".utf8).write(to: URL(filePath: "\(folder)/libonnxruntime.so"))
            let catalog = NativeLibraryCatalog(environment: ["MARTLET_NATIVE_DIR": root])
            let error = #expect(throws: NativeLibraryError.self) { try catalog.open(.onnxRuntime) }
            #expect(error?.code == .notLoadable)
            #expect(error?.description.contains("\(folder)/libonnxruntime.so cannot be loaded: ") == true)
        }
    }

    /// Runs `body` with a fresh folder that is removed after it.
    private func withNativeFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-native-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        try body(folder.path)
    }
}
