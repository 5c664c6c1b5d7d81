;;; glm.el --- GLM 5.1 as code actions, through eglot or lsp-mode  -*- lexical-binding: t -*-

;; Package-Requires: ((emacs "29.1"))
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Tells eglot and lsp-mode of the language server `glm-lsp', and mends what each does with its edits and explanations.
;; See editors/emacs.md.

;;; Code:

(defgroup glm nil "GLM 5.1 as code actions." :group 'tools)

(defcustom glm-command '("glm-lsp")
  "The language server and its arguments."
  :type '(repeat string))

(defcustom glm-eglot-modes nil
  "The major modes in which eglot runs this server, and no other.
By name: eglot tells the server the language by it."
  :type '(repeat symbol))

(defcustom glm-lsp-modes '(prog-mode text-mode)
  "The major modes, or their parents, in which lsp-mode runs this server.
It runs it beside others."
  :type '(repeat symbol))

(declare-function eglot-code-actions "eglot")
(declare-function eglot-current-server "eglot")
(declare-function eglot-execute "eglot")
(declare-function lsp-execute-code-action "lsp-mode")
(declare-function lsp-get "lsp-protocol")
(declare-function lsp-register-client "lsp-mode")
(declare-function lsp-send-execute-command "lsp-mode")
(declare-function lsp-stdio-connection "lsp-mode")
(declare-function lsp--uri-to-path "lsp-mode")
(declare-function make-lsp-client "lsp-mode")
(defvar lsp-mode)

(with-eval-after-load 'eglot
  (require 'glm-eglot))

(defun glm--show-document (_workspace asked)
  "Show the document that lsp-mode was ASKED for in another window.
Stay in this one."
  (display-buffer (find-file-noselect (lsp--uri-to-path (lsp-get asked :uri))))
  '(:success t))

(with-eval-after-load 'lsp-mode
  (let ((handlers (make-hash-table :test #'equal)))
    (puthash "window/showDocument" #'glm--show-document handlers)
    (lsp-register-client
     (make-lsp-client :new-connection (lsp-stdio-connection (lambda () glm-command))
                      :activation-fn (lambda (_file mode) (apply #'provided-mode-derived-p mode glm-lsp-modes))
                      :server-id 'glm
                      :add-on? t
                      :request-handlers handlers))))

;;;###autoload
(defun glm-menu ()
  "Code actions for the region, or else for the definition around point."
  (interactive)
  (cond ((bound-and-true-p lsp-mode) (call-interactively #'lsp-execute-code-action))
        ((not (glm--eglot-server)))
        ((use-region-p) (call-interactively #'eglot-code-actions))
        ;; By itself eglot would ask for the expression at point.
        (t (eglot-code-actions (point) (point) nil t))))

;;;###autoload
(defun glm-cancel ()
  "Stop whatever GLM is doing."
  (interactive)
  (let ((everything (vector (make-hash-table))))
    (if (bound-and-true-p lsp-mode)
        (lsp-send-execute-command "glm.cancel" everything)
      (eglot-execute (glm--eglot-server) (list :command "glm.cancel" :arguments everything)))))

(defun glm--eglot-server ()
  "The server that eglot runs in this buffer."
  (or (and (fboundp 'eglot-current-server) (eglot-current-server))
      (user-error "No language server runs in this buffer: M-x eglot, or M-x lsp, starts it")))

(provide 'glm)
;;; glm.el ends here
