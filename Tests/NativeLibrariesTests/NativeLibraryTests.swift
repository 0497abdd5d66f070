import FoundationEssentials
import NativeLibraries
import Testing

@Suite("An opened native library")
struct NativeLibraryTests {
    private let catalog = NativeLibraryCatalog(environment: ProcessInfo.processInfo.environment)

    @Test("gives the functions that it exports")
    func symbol() throws {
        let library = try catalog.open(.onnxRuntime)
        #expect(library.path == catalog.find(.onnxRuntime).path)
        let base = try library.symbol("OrtGetApiBase", as: (@convention(c) () -> UnsafeRawPointer?).self)
        #expect(base() != nil)
    }

    @Test("may need an interpreter's library, which is loaded first")
    func prerequisite() throws {
        let library = try catalog.open(.duckDB)
        let version = try library.symbol(
            "duckdb_library_version",
            as: (@convention(c) () -> UnsafePointer<CChar>?).self
        )
        #expect(version().map { String(cString: $0) } == "v2.0.0")
    }

    @Test("names a symbol that it lacks")
    func symbolMissing() throws {
        let library = try catalog.open(.onnxRuntime)
        let error = #expect(throws: NativeLibraryError.self) {
            try library.symbol("OrtNothing", as: UnsafeRawPointer.self)
        }
        #expect(error?.code == .symbolMissing)
        #expect(error?.description.contains("has no symbol OrtNothing; Martlet needs release 1.31.1") == true)
    }
}
