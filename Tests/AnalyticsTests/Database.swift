import Analytics
import Foundation
import Glibc
import NativeLibraries
import Testing

/// The folder of the files that write.py wrote.
let fixtures = Bundle.module.resourcePath.map { $0 + "/Fixtures" } ?? ""

extension AnalyticsDatabase {
    /// A database over the fixtures and `folders`, with DuckDB as the environment has it.
    static func sample(folders: [String] = [], limits: Limits = Limits()) -> AnalyticsDatabase {
        let libraries = NativeLibraryCatalog(environment: ProcessInfo.processInfo.environment)
        return AnalyticsDatabase(libraries: libraries, folders: [fixtures] + folders, limits: limits)
    }

    /// The columns of a query as the values of its one row.
    func row(_ sql: AnalyticsSQL, _ parameters: [AnalyticsValue] = []) async throws -> [ColumnValues] {
        try await query(sql, parameters).columns.map(\.values)
    }
}

/// A folder for one test, removed with all that is in it when the test lets go of it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        var template = Array("\(FileManager.default.temporaryDirectory.path())analytics-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("left behind: \(path): \(error)")
        }
    }

    /// Copies a fixture to a file in this folder, folders on the way made.
    func copy(_ fixture: String, to file: String) throws -> String {
        let target = "\(path)/\(file)"
        let folder = URL(filePath: target).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "\(fixtures)/\(fixture)", toPath: target)
        return target
    }
}

/// Bytes of memory that the process has in use.
func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    return (Int(text.split(separator: " ")[1]) ?? 0) * Int(getpagesize())
}
