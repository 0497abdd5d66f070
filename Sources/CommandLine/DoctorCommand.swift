import ArgumentParser
import Foundation
import Kernel
import NativeLibraries
import Server

/// `martlet doctor`: what was found, what is missing, and how to get it.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what was found, what is missing, and how to get it.",
        discussion: "Exit codes: 0 all is there that the server needs; 1 some of that is missing; 2 wrong options."
    )

    @Flag(help: "Print JSON for programs.")
    var json = false

    func run() throws {
        let findings = findings()
        Terminal.print(json ? Self.json(findings) : Self.table(findings))
        guard findings.allSatisfy({ $0.isUsable || !$0.engine.isNeededByServer }) else { throw ExitCode(1) }
    }

    private func findings() -> [NativeLibraryCatalog.Finding] {
        let catalog = NativeLibraryCatalog(environment: ProcessInfo.processInfo.environment)
        return NativeEngine.allCases.map(catalog.find)
    }

    private static func table(_ findings: [NativeLibraryCatalog.Finding]) -> String {
        var lines = ["martlet \(MartletVersion.current)"]
        for finding in findings {
            let name = "\(finding.engine.displayName) \(finding.version)"
                .padding(toLength: 22, withPad: " ", startingAt: 0)
            lines.append("  \(finding.isUsable ? "✓" : "✗") \(name) \(finding.path ?? finding.folder ?? "")")
            if let problem = finding.problem { lines.append("      \(problem)") }
            if let remedy = finding.remedy { lines.append("      to get it: \(remedy)") }
        }
        lines.append(verdict(findings.filter { !$0.isUsable }))
        return lines.joined(separator: "\n")
    }

    private static func verdict(_ missing: [NativeLibraryCatalog.Finding]) -> String {
        if missing.isEmpty { return "All is well." }
        return missing.contains(where: \.engine.isNeededByServer)
            ? "Something is missing." : "The server has all that it needs."
    }

    private static func json(_ findings: [NativeLibraryCatalog.Finding]) -> String {
        let engines = findings.map { finding in
            JSON.object([
                "engine": .string(finding.engine.rawValue),
                "version": .string(finding.version),
                "usable": .boolean(finding.isUsable),
                "path": finding.path.map { .string($0) } ?? .null,
                "problem": finding.problem.map { .string($0) } ?? .null,
                "remedy": finding.remedy.map { .string($0) } ?? .null,
            ])
        }
        return JSON.object(["version": .string(MartletVersion.current), "engines": .array(engines)]).text
    }
}
